package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text of strangers reaches the log and the messages in one line that acts on no terminal. */
class StrangersTextTest {

  /** Colours the terminal, forges a line, turns the order of what follows. */
  private static final String EVIL = "\u001b[31m\r\n127.0.0.1 GET / 200\u202e\u0000\u009b\u2028";

  private static final String SHOWN =
      "\\u001b[31m\\u000d\\u000a127.0.0.1 GET / 200\\u202e\\u0000\\u009b\\u2028";

  private final TalkingModel model = new TalkingModel();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private LoupeServer server;
  private Client client;

  @BeforeEach
  void start() throws Exception {
    model.silence();
    server = LoupeServer.start(model, ServerOptions.defaults().port(0).accessLog(log::add));
    client = new Client(server);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private String logged() throws InterruptedException {
    Await.until("a line of the log", () -> !log.isEmpty());
    String line = log.removeFirst();
    assertThat(line.chars()).noneMatch(StrangersTextTest::acts);
    return line;
  }

  private static boolean acts(int c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || Character.getType(c) == Character.LINE_SEPARATOR;
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/%1B%5B31m,                 /v1/models/\\u001b[31m",
    "/v1/models/a%0A127.0.0.1,             /v1/models/a\\u000a127.0.0.1",
    "/v1/models/a%0D%0Ab,                  /v1/models/a\\u000d\\u000ab",
    "/%E2%80%AEgpj.exe,                    /\\u202egpj.exe",
    "/%C2%9B31m,                           /\\u009b31m",
    "/a%00b,                               /a\\u0000b",
    "/%E2%80%A8,                           /\\u2028",
    "/caf%C3%A9,                           /caf\u00e9",
  })
  void aPathIsEscapedInTheLogAndInTheMessage(String path, String shown) throws Exception {
    String reply = RawRequest.reply(server, "GET", path, "localhost");
    assertThat(logged()).contains(" GET " + shown + " 404 ");
    String message = (String) Client.object(Client.json(body(reply)).get("error")).get("message");
    assertThat(message).contains(shown.replace("/v1/models/", ""));
    assertThat(message.chars()).noneMatch(StrangersTextTest::acts);
  }

  private static String body(String reply) {
    return reply.substring(reply.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void aLongPathIsShortInTheLog() throws Exception {
    RawRequest.status(server, "GET", "/" + "a".repeat(20_000), "localhost");
    assertThat(logged().length()).isLessThan(300);
  }

  @Test
  void theNameOfAModelARoleAndAPartAreEscaped() throws Exception {
    Map<String, Object> role = with(ask(message(EVIL, "x")), "model", "talker");
    Map<String, Object> part =
        with(ask(message("user", List.of(Map.of("type", EVIL)))), "model", "talker");
    Map<String, Object> format =
        with(
            with(ask(message("user", "x")), "model", "talker"),
            "response_format",
            Map.of("type", EVIL));
    for (Map<String, Object> body :
        List.of(with(ask(message("user", "x")), "model", EVIL), role, part, format)) {
      String message = (String) client.post(CHAT, body).at("error", "message");
      assertThat(message).contains("found " + SHOWN);
    }
    for (Map<String, Object> body : List.of(with(ask(message("user", "x")), "model", EVIL), role)) {
      assertThat((String) client.post(OLLAMA, body).at("error")).contains("found " + SHOWN);
    }
    while (!log.isEmpty()) {
      logged();
    }
  }

  @Test
  void aLongTextIsCutInAMessage() throws Exception {
    String name = "n".repeat(1_000_000);
    Map<String, Object> model = with(ask(message("user", "x")), "model", name);
    for (Map<String, Object> body :
        List.of(model, with(ask(message(name, "x")), "model", "talker"))) {
      HttpResponse<String> reply =
          client
              .http()
              .send(client.request(CHAT, Client.text(body)).build(), BodyHandlers.ofString());
      assertThat(reply.body()).contains("nnn...").hasSizeLessThan(500);
    }
  }

  @ParameterizedTest
  @CsvSource({"Host", "Origin"})
  void aHeaderIsEscapedInAMessage(String name) throws Exception {
    // As octets of ISO 8859-1, which is how the server reads headers: CSI, and a soft hyphen.
    String value = "http://a\u009b31m\u00ad";
    String reply =
        name.equals("Host")
            ? RawRequest.reply(server, "GET", "/v1/models", value)
            : RawRequest.reply(server, "GET", "/v1/models", "localhost", "Origin: " + value);
    assertThat(reply).startsWith("HTTP/1.1 403");
    assertThat((String) Client.object(Client.json(body(reply)).get("error")).get("message"))
        .contains("http://a\\u009b31m\\u00ad");
    logged();
  }

  @Test
  void aMethodIsEscapedInTheLogAndInTheMessage() throws Exception {
    String reply = RawRequest.reply(server, "G\u009bT", "/v1/models", "localhost");
    assertThat(reply).startsWith("HTTP/1.1 4");
    if (!log.isEmpty()) {
      logged();
    }
  }

  @Test
  void anUnknownMethodOfAnHttpClientIsNamed() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(client.uri("/health"))
            .method("BREW", HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(client.http().send(request, BodyHandlers.ofString()).body())
        .contains("/health: expected GET, found BREW");
  }
}
