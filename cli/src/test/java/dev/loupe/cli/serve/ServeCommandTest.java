package dev.loupe.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.LoupeCommand;
import dev.loupe.cli.command.ExitCodes;
import java.io.BufferedReader;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code serve} as a process of its own, and its refusals. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeCommandTest {

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process start(String... options) throws Exception {
    return startWith("-Djdk.httpserver.maxConnections=1024", options);
  }

  private Process startWith(String property, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                property,
                "-cp",
                System.getProperty("java.class.path"),
                LoupeCommand.class.getName(),
                "serve",
                "--port",
                "0"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err().toFile());
    builder.environment().remove("LOUPE_API_KEY");
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private Path err() {
    return folder.resolve("err");
  }

  private static URI address(BufferedReader out) throws Exception {
    String line = out.readLine();
    assertThat(line).matches("Serving captioner on http://127\\.0\\.0\\.1:\\d+");
    return URI.create(line.substring(line.indexOf("http")));
  }

  private static Socket ask(URI server, String body) throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort());
    String request =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(body.length(), body);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there a process is ended without a signal")
  void aSignalEndsItAndWhoeverWaitsIsTold() throws Exception {
    Process process = start("--no-warm-up", "--verbose");
    URI server = address(process.inputReader());
    String body =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"stream\":true,\"min_tokens\":1000}";
    try (Socket socket = ask(server, body)) {
      InputStream in = socket.getInputStream();
      StringBuilder reply = new StringBuilder();
      while (reply.indexOf("\"role\":\"assistant\"") < 0) {
        reply.append((char) in.read());
      }
      process.destroy();
      reply.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      assertThat(reply).contains("server_shutting_down");
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(Files.readString(err())).contains("POST /v1/chat/completions 200");
  }

  /** Nor are the answers with which it warms up. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there a process is ended without a signal")
  void requestsAreLoggedOnlyIfAskedFor() throws Exception {
    Process process = start();
    URI server = address(process.inputReader());
    try (Socket socket = ask(server, "{}")) {
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 400");
    }
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readAllLines(err())).noneMatch(line -> line.contains("POST"));
  }

  /** The JDK's server keeps a connection that its exchange closed, and counts it. */
  @Test
  void clientsThatHangUpUseUpNoConnections() throws Exception {
    URI server =
        address(startWith("-Djdk.httpserver.maxConnections=20", "--no-warm-up").inputReader());
    for (int i = 0; i < 60; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
        String request =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      }
      try (Socket socket = ask(server, "{}")) {
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .as("request %d", i)
            .startsWith("HTTP/1.1 400");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--host 0.0.0.0|host 0.0.0.0: expected an API key with an address that other machines",
        "--port 70000|port out of range:70000",
        "--max-body 0|body bytes: expected at least 1, found 0",
        "--max-body 5000|--max-body: expected at most 2046, found 5000",
        "--batch 0|batch: expected at least 1, found 0",
        "--max-queue -1|waiting requests: expected at least 0, found -1",
        "--max-new-tokens 0|new tokens: expected at least 1, found 0",
        "--answer-timeout 0|answer time in ms: expected at least 1, found 0",
        "--decode-timeout 0|decode time in ms: expected at least 1, found 0",
        "--allow-origin *|allowed origin: expected scheme://host or scheme://host:port, such as",
        "--allow-origin https://a.example --allow-origin null|allowed origin: expected scheme://host",
        "--allow-origin https://a.example/page|allowed origin: expected scheme://host",
        "--min-pixels 9 --max-pixels 5|min_pixels: expected at most max_pixels (5), found 9",
        "--host no.such.host.invalid --api-key x|host no.such.host.invalid: expected an address",
      })
  void anOptionThatMakesNoSenseIsAUsageError(String options, String message) {
    List<Object> arguments = new ArrayList<>(List.of("serve"));
    arguments.addAll(List.of(options.split(" ")));
    CommandLineRun run = CommandLineRun.of(arguments.toArray());
    assertThat(run.error()).startsWith(message);
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aPortThatIsTakenIsToldBeforeAnythingIsServed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CommandLineRun run = CommandLineRun.of("serve", "--port", taken.getLocalPort());
      assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
      assertThat(run.err())
          .contains("127.0.0.1 port " + taken.getLocalPort() + ": expected to listen there");
      assertThat(run.out()).isEmpty();
    }
  }
}
