package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A client that hangs up ends its answer; the model talks until it is stopped. */
class CancellationTest {

  private final TalkingModel model = new TalkingModel();
  private LoupeServer server;

  @BeforeEach
  void start() throws Exception {
    server = LoupeServer.start(model, ServerOptions.defaults().port(0));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Map<String, Object> hello() {
    return with(ask(message("user", "Hello")), "model", "talker");
  }

  private void awaitSilence(int answers) throws InterruptedException {
    Await.until("the model is silent", () -> server.pending() == 0);
    assertThat(model.answers())
        .hasSize(answers)
        .allSatisfy(a -> assertThat(a.finishReason()).isEqualTo(FinishReason.CANCELLED));
  }

  @Test
  void aStreamThatNobodyReadsEnds() throws Exception {
    try (Client client = new Client(server)) {
      for (String path : new String[] {CHAT, OLLAMA}) {
        try (Stream<String> lines = client.stream(path, with(hello(), "stream", true))) {
          lines.limit(3).forEach(line -> {});
        }
      }
      awaitSilence(2);
    }
  }

  /** The probe looks where Linux lists its connections. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere nothing tells that a client has gone")
  void anAnswerInOnePieceEndsToo() throws Exception {
    hangUpAfterAsking();
    awaitSilence(1);
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere nothing tells that a client has gone")
  void aRequestThatWaitsIsNeverAnswered() throws Exception {
    try (Client client = new Client(server);
        Stream<String> running = client.stream(CHAT, with(hello(), "stream", true))) {
      running.iterator().next();
      CompletableFuture<Void> gone =
          CompletableFuture.runAsync(() -> {
            try {
              hangUpAfterAsking();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      Await.until("a second request", () -> server.pending() == 2);
      gone.join();
      // Longer than the probe needs, so that the request is over when its turn comes.
      Thread.sleep(1500);
    }
    awaitSilence(1);
  }

  private void hangUpAfterAsking() throws Exception {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      byte[] body = Client.text(hello()).getBytes(StandardCharsets.UTF_8);
      String head =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
              .formatted(CHAT, body.length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
      Await.until("the request has come", () -> server.pending() > 0);
      Thread.sleep(100);
    }
  }

  @Test
  void theRealModelStopsLongBeforeItsEnd() throws Exception {
    CompletableFuture<Generation> ended = new CompletableFuture<>();
    try (Qwen2Vl real = Qwen2Vl.loadBuiltIn();
        LoupeServer other =
            LoupeServer.start(reporting(real, ended), ServerOptions.defaults().port(0));
        Client client = new Client(other)) {
      Map<String, Object> body = with(ask(message("user", "Hello")), "stream", true);
      body = with(with(body, "min_tokens", 1000), "max_tokens", 1000);
      try (Stream<String> lines = client.stream(CHAT, body)) {
        lines.limit(3).forEach(line -> {});
      }
      Generation generation = ended.join();
      assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(generation.tokens().size()).isLessThan(1000);
    }
  }

  /**
   * The built-in model would be done with all its tokens before a busy machine has closed the
   * connection. At 20 ms a token, which is fast for a real model, there are 20 s for that.
   */
  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ServedModel reporting(Qwen2Vl model, CompletableFuture<Generation> ended) {
    return new OneByOne() {
      @Override
      public String name() {
        return model.name();
      }

      @Override
      public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
        Generation generation =
            model.generate(
                prompt,
                options,
                (id, text) -> {
                  pause();
                  return listener.token(id, text);
                });
        ended.complete(generation);
        return generation;
      }
    };
  }
}
