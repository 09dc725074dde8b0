package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.io.JsonObject;
import dev.loupe.server.Client.Reply;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one request may cost. */
class LimitsTest {

  private final TalkingModel model = new TalkingModel();
  private LoupeServer server;
  private Client client;

  private void start(Limits limits) throws Exception {
    server = LoupeServer.start(model, ServerOptions.defaults().port(0).limits(limits));
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

  private static Map<String, Object> pictures(int count) throws Exception {
    List<Object> parts = Stream.<Object>generate(() -> part("and")).limit(count).toList();
    List<Object> mixed = new ArrayList<>(parts);
    for (int i = 0; i < count; i++) {
      mixed.add(picture(scene("scene-001")));
    }
    return with(ask(message("user", mixed)), "model", "talker");
  }

  @Test
  void aBodyThatIsTooLargeIsToldSo() throws Exception {
    start(Limits.defaults().bodyBytes(10_000));
    Map<String, Object> large = ask(message("user", "x".repeat(3 << 20)));
    Reply reply = client.post(CHAT, large);
    assertThat(reply.status()).isEqualTo(413);
    assertThat(reply.at("error", "code")).isEqualTo("request_too_large");
    assertThat((String) reply.at("error", "message"))
        .startsWith("body: expected at most 10000 bytes, found more");
    assertThat(client.get("/health").status()).isEqualTo(200);
  }

  @Test
  void morePicturesThanAllowedAreRefused() throws Exception {
    model.silence();
    start(Limits.defaults().pictures(2));
    assertThat(client.post(CHAT, pictures(2)).status()).isEqualTo(200);
    Reply reply = client.post(CHAT, pictures(3));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.at("error", "code")).isEqualTo("too_many_images");
  }

  @Test
  void morePixelsThanAllowedAreRefused() throws Exception {
    model.silence();
    start(Limits.defaults().picturePixels(2 * 112 * 112));
    assertThat(client.post(CHAT, pictures(2)).status()).isEqualTo(200);
    Reply reply = client.post(CHAT, pictures(3));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.at("error", "code")).isEqualTo("image_too_large");
    assertThat(reply.at("error", "param")).isEqualTo("messages[0].content[5].image_url.url");

    client.close();
    server.close();
    start(Limits.defaults().picturePixels(112 * 112 - 1));
    assertThat(client.post(CHAT, pictures(1)).at("error", "message"))
        .isEqualTo(
            "messages[0].content[1].image_url.url: expected at most 12543 pixels in all pictures"
                + " together, found more");
  }

  @Test
  void aFullQueueSaysWhenToComeBack() throws Exception {
    start(Limits.defaults().waiting(1));
    try (Stream<String> running = client.stream(CHAT, with(hello(), "stream", true))) {
      running.iterator().next();
      Future<Reply> waiting = inBackground(() -> client.post(CHAT, hello()));
      Await.until("two requests in the house", () -> server.pending() == 2);

      Reply refused = client.post(CHAT, hello());
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isEqualTo("2");
      assertThat(refused.at("error", "code")).isEqualTo("server_busy");

      model.silence();
      assertThat(waiting.get().status()).isEqualTo(200);
    }
    Await.until("the queue is empty", () -> server.pending() == 0);
    assertThat(client.post(CHAT, hello()).status()).isEqualTo(200);
  }

  @Test
  void anAnswerThatTakesTooLongEnds() throws Exception {
    start(Limits.defaults().answerTime(Duration.ofMillis(300)));
    Reply reply = client.post(CHAT, hello());
    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.at("error", "code")).isEqualTo("answer_timeout");
    Await.until("the model is silent", () -> server.pending() == 0);

    try (Stream<String> stream = client.stream(CHAT, with(hello(), "stream", true))) {
      List<String> events = stream.filter(line -> !line.isEmpty()).toList();
      assertThat(events.getFirst()).contains("\"role\":\"assistant\"");
      assertThat(events.getLast()).contains("\"code\":\"answer_timeout\"");
    }
    Await.until("the model is silent", () -> server.pending() == 0);
  }

  @Test
  void aBodyThatTricklesInIsCutOff() throws Exception {
    start(Limits.defaults().bodyTime(Duration.ofMillis(300)));
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      String request = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
      socket.getOutputStream().write(request.formatted(CHAT).getBytes(StandardCharsets.US_ASCII));
      String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(reply).startsWith("HTTP/1.1 408").contains("request_timeout");
    }
    model.silence();
    assertThat(client.post(CHAT, hello()).status()).isEqualTo(200);
  }

  @Test
  void theLongestAnswerIsTheServersWhateverARequestAsksFor() throws Exception {
    OpenAiRequests requests =
        new OpenAiRequests(Limits.defaults().newTokens(50), ServerOptions.defaults().answering());
    start(Limits.defaults());
    for (Map<String, Object> body : List.of(hello(), with(hello(), "max_tokens", 4096))) {
      ChatRequest read = requests.read(JsonObject.of(body));
      assertThat(read.options().maxNewTokens()).hasValue(50);
    }
  }

  @Test
  void limitsThatMakeNoSenseAreRefused() throws Exception {
    start(Limits.defaults());
    assertThatThrownBy(() -> Limits.defaults().bodyBytes(0))
        .hasMessage("body bytes: expected at least 1, found 0");
    assertThatThrownBy(() -> Limits.defaults().waiting(-1))
        .hasMessage("waiting requests: expected at least 0, found -1");
  }

  /** Something that may fail, on a thread of its own. */
  private static <T> Future<T> inBackground(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }
}
