package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.base64;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.FinishReason;
import dev.loupe.server.Client.Reply;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that take long to decode hold up nobody but those who wait for pictures. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PictureThreadsTest {

  /** More than there are processors to carry virtual threads. */
  private static final int MANY = Runtime.getRuntime().availableProcessors() + 4;

  private final TalkingModel model = new TalkingModel();
  private final SlowDecoder decoder = new SlowDecoder();
  private LoupeServer server;
  private Client client;

  /** A decoder that computes, as a hostile picture makes it, until it is let go. */
  private static final class SlowDecoder implements PictureDecoder {
    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger decoded = new AtomicInteger();
    private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());

    @Override
    public RgbImage decode(EncodedPicture picture, long maxPixels, Duration time)
        throws IOException {
      threads.add(Thread.currentThread());
      while (go.getCount() > 0 && !Thread.currentThread().isInterrupted()) {
        Thread.onSpinWait();
      }
      RgbImage image = PictureDecoder.standard().decode(picture, maxPixels, time);
      decoded.incrementAndGet();
      return image;
    }
  }

  private void start(Limits limits) throws Exception {
    server = LoupeServer.start(model, decoder, ServerOptions.defaults().port(0).limits(limits));
    client = new Client(server);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private static Map<String, Object> hello() {
    return with(ask(message("user", "Hello")), "model", "talker");
  }

  private static Map<String, Object> about(Object... pictures) {
    List<Object> parts = new ArrayList<>(List.of(pictures));
    parts.add(part("What?"));
    return with(ask(message("user", parts)), "model", "talker");
  }

  private static <T> Future<T> inBackground(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  private List<Future<Reply>> askAboutPictures(int requests) throws Exception {
    Map<String, Object> body = about(picture(scene("scene-001")));
    List<Future<Reply>> replies = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      replies.add(inBackground(() -> client.post(CHAT, body)));
    }
    Await.until("all requests in the house", () -> server.pending() == requests);
    return replies;
  }

  @Test
  void slowPicturesDoNotStopTheServer() throws Exception {
    model.silence();
    start(Limits.defaults().waiting(2 * MANY));
    List<Future<Reply>> waiting = askAboutPictures(MANY);
    Await.until("pictures are being decoded", () -> decoder.threads.size() == 2);

    for (int i = 0; i < 20; i++) {
      assertThat(client.get("/health").at("pending")).isEqualTo(MANY);
    }
    assertThat(client.get("/v1/models").status()).isEqualTo(200);
    assertThat(client.post(CHAT, hello()).status()).isEqualTo(200);

    decoder.go.countDown();
    for (Future<Reply> reply : waiting) {
      assertThat(reply.get().status()).isEqualTo(200);
    }
    assertThat(decoder.threads)
        .allSatisfy(thread -> {
          assertThat(thread.isVirtual()).isFalse();
          assertThat(thread.getName()).startsWith(GenerationQueue.DECODERS);
        });
    assertThat(decoder.threads.stream().distinct()).hasSize(2);
  }

  @Test
  void fewRequestsHaveDecodedPicturesHoweverManyWait() throws Exception {
    decoder.go.countDown();
    start(Limits.defaults().waiting(2 * MANY));
    List<Future<Reply>> waiting = askAboutPictures(8);
    Await.until("a request runs and two are ready", () -> decoder.decoded.get() == 3);
    Thread.sleep(200);
    assertThat(decoder.decoded).hasValue(3);

    model.silence();
    for (Future<Reply> reply : waiting) {
      assertThat(reply.get().status()).isEqualTo(200);
    }
    assertThat(decoder.decoded).hasValue(8);
  }

  @Test
  void theTimeForTheAnswerBeginsBeforeThePicturesAreDecoded() throws Exception {
    start(Limits.defaults().answerTime(Duration.ofMillis(300)));
    Reply reply = client.post(CHAT, about(picture(scene("scene-001"))));
    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.at("error", "code")).isEqualTo("answer_timeout");
  }

  @Test
  void theTimeForPicturesIsForAllOfARequestTogether() throws Exception {
    decoder.go.countDown();
    start(Limits.defaults().decodeTime(Duration.ofMillis(1)));
    Object[] pictures = new Object[16];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = picture(scene("scene-001"));
    }
    Reply reply = client.post(CHAT, about(pictures));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.at("error", "code")).isEqualTo("image_too_slow");
    assertThat((String) reply.at("error", "message"))
        .contains("image_url.url: expected all pictures decoded within 1 ms, found that they take");
  }

  /** The probe looks where Linux lists its connections. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere nothing tells that a client has gone")
  void aClientThatHangsUpTakesItsPicturesAlong() throws Exception {
    start(Limits.defaults().waiting(2 * MANY));
    byte[] body = Client.text(about(picture(scene("scene-001")))).getBytes(StandardCharsets.UTF_8);
    String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
      sockets.add(socket);
      socket
          .getOutputStream()
          .write(head.formatted(CHAT, body.length).getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
    }
    Await.until("all requests in the house", () -> server.pending() == MANY);
    for (Socket socket : sockets) {
      socket.close();
    }
    Await.until("only those whose picture is being decoded are left", () -> server.pending() == 2);
    decoder.go.countDown();
    Await.until("nobody is left", () -> server.pending() == 0);
    // The two may reach the model before the probe comes to them. Then it stops them there.
    assertThat(model.answers())
        .allSatisfy(answer -> assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED));
    assertThat(decoder.threads).hasSize(2);
  }

  @Test
  void aServerThatClosesTellsThoseWhoWaitForPictures() throws Exception {
    start(Limits.defaults());
    List<Future<Reply>> waiting = askAboutPictures(4);
    server.close();
    for (Future<Reply> reply : waiting) {
      assertThat(reply.get().at("error", "code")).isEqualTo("server_shutting_down");
    }
    ShutdownTest.assertNothingRuns();
  }

  @ParameterizedTest
  @ValueSource(strings = {"webp-ll-tinybody-64m.webp", "prog-1mp-1000scans.jpg"})
  void aHostilePictureInBothProtocolsLeavesTheServerAlive(String file) throws Exception {
    String base64 = base64(TestFiles.shared("reports/hostile/" + file));
    model.silence();
    decoder.go.countDown();
    start(Limits.defaults().decodeTime(Duration.ofSeconds(2)));
    Map<String, Object> ollama =
        with(
            ask(Map.of("role", "user", "content", "What?", "images", List.of(base64))),
            "model",
            "talker");
    List<Future<Reply>> waiting =
        List.of(
            inBackground(
                () -> client.post(CHAT, about(picture("data:image/png;base64," + base64)))),
            inBackground(() -> client.post(OLLAMA, with(ollama, "stream", false))),
            inBackground(() -> client.post(OLLAMA, with(ollama, "stream", false))));
    long slowest = 0;
    while (!waiting.stream().allMatch(Future::isDone)) {
      long start = System.nanoTime();
      assertThat(client.get("/health").status()).isEqualTo(200);
      slowest = Math.max(slowest, System.nanoTime() - start);
      Thread.sleep(20);
    }
    assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(10));
    for (Future<Reply> reply : waiting) {
      assertThat(reply.get().status()).isIn(200, 400);
    }
  }
}
