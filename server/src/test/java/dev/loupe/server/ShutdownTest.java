package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.server.Client.Reply;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A server that is closed ends all work, and every client gets a reply. */
class ShutdownTest {

  private static final List<String> THREADS =
      List.of(GenerationQueue.THREAD, "HTTP-Dispatcher", "idle-timeout-task");

  private final TalkingModel model = new TalkingModel();

  private static Map<String, Object> hello() {
    return with(ask(message("user", "Hello")), "model", "talker");
  }

  /** A thread ends a moment after its pool is terminated or its timer cancelled; a leak never. */
  static void assertNothingRuns() throws InterruptedException {
    Await.until("the end of " + THREADS, () -> runningThreads().isEmpty());
  }

  private static List<String> runningThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> THREADS.contains(name) || name.startsWith(GenerationQueue.DECODERS))
        .toList();
  }

  @Test
  void theRunningAndTheWaitingAreTold() throws Exception {
    LoupeServer server = LoupeServer.start(model, ServerOptions.defaults().port(0));
    try (Client client = new Client(server);
        Stream<String> lines = client.stream(CHAT, with(hello(), "stream", true))) {
      Iterator<String> running = lines.iterator();
      running.next();
      FutureTask<Reply> waiting = new FutureTask<>(() -> client.post(CHAT, hello()));
      Thread.ofVirtual().start(waiting);
      Await.until("a second request", () -> server.pending() == 2);

      server.close();

      assertThat(waiting.get().status()).isEqualTo(503);
      assertThat(waiting.get().at("error", "code")).isEqualTo("server_shutting_down");
      String last = "";
      while (running.hasNext()) {
        String line = running.next();
        last = line.isEmpty() ? last : line;
      }
      assertThat(last).contains("\"code\":\"server_shutting_down\"");
      assertThatThrownBy(() -> new Socket("127.0.0.1", server.address().getPort()).close())
          .isInstanceOf(ConnectException.class);
    }
    assertNothingRuns();
    assertThat(model.answers()).hasSize(1);
    server.close();
  }

  @Test
  void aPortThatWasFoundFreeCanBeListenedOn() throws Exception {
    int port;
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    ServerOptions options = ServerOptions.defaults().port(port);
    LoupeServer.requireFree(options);
    try (LoupeServer server = LoupeServer.start(model, options)) {
      assertThat(server.address().getPort()).isEqualTo(port);
      assertThatThrownBy(() -> LoupeServer.requireFree(options))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + port + ": expected to listen there");
    }
  }

  @Test
  void thePortIsFreeAgain() throws Exception {
    model.silence();
    LoupeServer first = LoupeServer.start(model, ServerOptions.defaults().port(0));
    int port = first.address().getPort();
    assertThatThrownBy(() -> LoupeServer.start(model, ServerOptions.defaults().port(port)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1 port " + port + ": expected to listen there")
        .hasMessageContaining("--port 0");
    first.close();
    for (int i = 0; i < 20; i++) {
      try (LoupeServer next = LoupeServer.start(model, ServerOptions.defaults().port(port));
          Client client = new Client(next)) {
        assertThat(client.post(CHAT, hello()).status()).isEqualTo(200);
      }
    }
    assertNothingRuns();
  }
}
