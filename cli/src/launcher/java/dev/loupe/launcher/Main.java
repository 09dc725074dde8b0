package dev.loupe.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Runs the command line of Loupe: in this JVM where it is fit for it, otherwise in one that is. */
public final class Main {

  private static final String COMMAND_LINE = "dev.loupe.cli.LoupeCommand";

  /** More JVM options for the child, separated by white space. */
  private static final String OPTIONS_VARIABLE = "LOUPE_JAVA_OPTS";

  /**
   * The weights lie outside the heap, and what is on it lives for one token or one picture. G1 lets
   * it grow during a long prompt, this collector does not.
   */
  private static final String SERIAL_COLLECTOR = "-XX:+UseSerialGC";

  /** Of what lives so shortly, the JVM would else keep 100 MB before it looks for garbage. */
  private static final String SMALL_YOUNG_GENERATION = "-XX:MaxNewSize=32m";

  /** Beside a size that is smaller, the JVM would print a warning into the results. */
  private static final Pattern HEAP_SIZE =
      Pattern.compile("-Xm[nsx].*|-XX:\\w*(Heap|New|RAM)\\w*=.*");

  private static final String COMPACT_HEADERS = "-XX:+UseCompactObjectHeaders";

  private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use\\w+GC");

  private Main() {}

  /**
   * Never returns: ends the JVM with the command's exit code, or with 1 where there is nothing to
   * run it on.
   *
   * @param arguments the command line after {@code java -jar loupe.jar}
   */
  public static void main(String[] arguments) throws Exception {
    if (argumentsWereLost()) {
      fail(
          "the command line has letters beyond ASCII, and the locale cannot express them:"
              + " set LC_ALL=C.UTF-8 (or another locale in UTF-8) and try again.");
    }
    if (thisJvmIsFit(arguments)) {
      // By reflection: the engine is compiled after this class, and for a newer Java.
      Class.forName(COMMAND_LINE)
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments);
      return;
    }
    JavaSearch search = JavaSearch.ofThisMachine();
    Optional<JavaHome> home = search.find();
    if (home.isEmpty()) {
      fail(search.explanation());
    } else if (VersionText.isAskedFor(arguments) && home.get().vendor().isPresent()) {
      System.out.print(VersionText.of(home.get()));
    } else {
      try {
        int exit = ChildProcess.run(command(home.get(), arguments), posixLocale());
        Runtime.getRuntime().halt(exit);
      } catch (IOException e) {
        fail(home.get().java() + " did not start: " + e.getMessage());
      }
    }
  }

  private static boolean thisJvmIsFit(String... arguments) {
    // The start script has chosen the options of a JVM for little work.
    boolean little = "scalar".equals(System.getProperty("loupe.kernels"));
    return Runtime.version().feature() >= JavaHome.REQUIRED
        && JavaHome.isSound(System.getProperty("java.version"))
        && (ModuleLayer.boot().findModule(JavaHome.VECTOR_MODULE).isPresent()
            || little && LittleWork.is(arguments));
  }

  private static List<String> command(JavaHome home, String[] arguments) {
    List<String> command = new ArrayList<>();
    command.add(home.java().toString());
    String classPath = classPath();
    if (LittleWork.is(arguments)) {
      command.addAll(StartOptions.LITTLE);
      command.addAll(ClassArchive.options(home, classPath, System.getenv(), arguments));
    } else {
      command.addAll(StartOptions.large(Runtime.getRuntime().availableProcessors()));
    }
    List<String> options = new ArrayList<>(ownOptions());
    String more = System.getenv().getOrDefault(OPTIONS_VARIABLE, "").trim();
    if (!more.isEmpty()) {
      options.addAll(List.of(more.split("\\s+")));
    }
    if (options.stream().noneMatch(COLLECTOR.asMatchPredicate())) {
      command.add(SERIAL_COLLECTOR);
      if (options.stream().noneMatch(HEAP_SIZE.asMatchPredicate())) {
        command.add(SMALL_YOUNG_GENERATION);
      }
    }
    command.addAll(options);
    warn(home, options);
    command.add("-Dloupe.launcher=" + ProcessHandle.current().pid());
    command.add("-cp");
    command.add(classPath);
    command.add(COMMAND_LINE);
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /**
   * A jar by its whole name, so that its classes are the same ones in whatever folder it starts.
   */
  private static String classPath() {
    String path = System.getProperty("java.class.path");
    return path.contains(File.pathSeparator) ? path : Path.of(path).toAbsolutePath().toString();
  }

  /** Names the known faults of this Java that can damage data. */
  private static void warn(JavaHome home, List<String> options) {
    if (!home.sound()) {
      System.err.println(
          "loupe: warning: Java "
              + home.version()
              + " can damage pictures while it reads them (JDK-8377811); Java 25.0.3 or later does"
              + " not, and is preferred where it is installed");
    }
    if (home.feature() == JavaHome.REQUIRED && options.contains(COMPACT_HEADERS)) {
      System.err.println(
          "loupe: warning: Java "
              + home.version()
              + " can damage texts with "
              + COMPACT_HEADERS
              + " (JDK-8380060); start it without this option");
    }
  }

  /**
   * The leading options of this JVM that are meant for the work, as in {@code java -Xmx8g -jar
   * loupe.jar}. Agents are not among them: two JVMs cannot listen on one port. Windows does not
   * tell; there {@value #OPTIONS_VARIABLE} serves.
   */
  private static List<String> ownOptions() {
    List<String> options = new ArrayList<>();
    for (String argument : ProcessHandle.current().info().arguments().orElse(new String[0])) {
      if (!argument.startsWith("-") || argument.equals("-jar") || argument.equals("-cp")) {
        break;
      }
      if (argument.startsWith("-X") || argument.startsWith("-D") || argument.startsWith("-ea")) {
        options.add(argument);
      }
    }
    return options;
  }

  /**
   * Whether this JVM runs under the C locale, in which it can neither read nor name files beyond
   * ASCII.
   */
  private static boolean posixLocale() {
    return System.getProperty("sun.jnu.encoding", "").equals("ANSI_X3.4-1968");
  }

  /**
   * Whether the JVM has turned letters of the command line into question marks, as it does under
   * the C locale.
   */
  private static boolean argumentsWereLost() throws IOException {
    Path commandLine = Path.of("/proc/self/cmdline");
    if (!posixLocale() || !Files.isReadable(commandLine)) {
      return false;
    }
    for (byte b : Files.readAllBytes(commandLine)) {
      if (b < 0) {
        return true;
      }
    }
    return false;
  }

  private static void fail(String message) {
    System.err.println("loupe: " + message);
    Runtime.getRuntime().halt(1);
  }
}
