package dev.loupe.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone cluster on this machine: a master, two workers with one core each, and the folder
 * {@code jars} of a Spark in which there is nothing of Loupe. On loopback only.
 */
final class Cluster implements AutoCloseable {

  /** Made by the shade plug-in, after the tests of the classes. */
  static final Path JAR = Path.of("target", "loupe-spark.jar").toAbsolutePath();

  private static final int WORKERS = 2;
  private static final String HOST = "127.0.0.1";

  private final Path home;
  private final int port;
  private final List<Process> processes = new ArrayList<>();

  private Cluster(Path home, int port) {
    this.home = home;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param home for everything that it writes
   */
  static Cluster start(Path home) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      port = free.getLocalPort();
    }
    Cluster cluster = new Cluster(home, port);
    linkJars(home);
    cluster.daemon(
        "master", HOST, "org.apache.spark.deploy.master.Master", "--port", String.valueOf(port));
    for (int n = 1; n <= WORKERS; n++) {
      cluster.daemon(
          "worker" + n,
          "127.0.0." + n, // Spark starts a speculative task on another host only.
          "org.apache.spark.deploy.worker.Worker",
          "--cores",
          "1",
          "--memory",
          "1g",
          "--work-dir",
          home.resolve("work" + n).toString(),
          cluster.master());
    }
    return cluster;
  }

  /** The folder {@code jars} of a Spark, with what Maven says a cluster provides. */
  static void linkJars(Path home) throws IOException {
    Files.createDirectories(home.resolve("jars"));
    String provided = Files.readString(Path.of("target", "spark.classpath")).strip();
    for (String jar : provided.split(System.getProperty("path.separator"))) {
      Path file = Path.of(jar);
      Files.createSymbolicLink(home.resolve("jars").resolve(file.getFileName()), file);
    }
  }

  /** What an application connects to. */
  String master() {
    return "spark://" + HOST + ":" + port;
  }

  private void daemon(String name, String host, String main, String... arguments)
      throws IOException {
    List<String> command = java(home, main);
    command.addAll(List.of("--host", host, "--webui-port", "0"));
    command.addAll(Arrays.asList(arguments));
    processes.add(start(home, host, home.resolve(name + ".log"), command));
  }

  /** {@code spark-submit}, as its script starts it. */
  Process submit(Path log, String... arguments) throws IOException {
    List<String> command = java(home, "org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", master()));
    command.addAll(Arrays.asList(arguments));
    Process process = start(home, HOST, log, command);
    processes.add(process);
    return process;
  }

  private static List<String> java(Path home, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(List.of("-Xmx600m", "-cp", classPath(home), main));
    return command;
  }

  /** The jars of Spark, and the classes of tests, among which there is nothing of Loupe itself. */
  private static String classPath(Path home) {
    return home.resolve("jars") + "/*" + File.pathSeparator + Path.of("target", "test-classes");
  }

  private static Process start(Path home, String host, Path log, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_LOCAL_IP", host);
    builder.environment().put("SPARK_NO_DAEMONIZE", "1");
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    return builder.start();
  }

  /** The executors that run at this moment. */
  List<ProcessHandle> executors() {
    return processes.stream()
        .flatMap(Process::descendants)
        .filter(ProcessHandle::isAlive)
        .filter(
            each -> each.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
        .toList();
  }

  /** What the executors have written, a text for each, those that were killed too. */
  List<String> executorLogs() throws IOException {
    List<String> logs = new ArrayList<>();
    try (Stream<Path> files = Files.walk(home)) {
      for (Path log : files.filter(file -> file.endsWith("stderr")).toList()) {
        logs.add(Files.readString(log));
      }
    }
    return logs;
  }

  @Override
  public void close() {
    List<ProcessHandle> all =
        processes.stream()
            .flatMap(each -> Stream.concat(each.descendants(), Stream.of(each.toHandle())))
            .toList();
    all.forEach(ProcessHandle::destroyForcibly);
    processes.forEach(each -> each.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }
}
