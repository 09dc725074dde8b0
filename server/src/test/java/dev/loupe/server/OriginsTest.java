package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of other sites: which may use the server from a browser, and what the others are told. */
class OriginsTest {

  private static final String KEY = "kept-secret-0123";
  private static final String PAGE = "https://photos.example:8443";
  private static final String STRANGER = "https://evil.example";
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";

  private final TalkingModel model = new TalkingModel();
  private LoupeServer server;
  private Client client;

  private void start(ServerOptions options) throws Exception {
    model.silence();
    server = LoupeServer.start(model, options.port(0));
    client = new Client(server);
  }

  private static ServerOptions withKey() {
    return ServerOptions.defaults().apiKey(KEY);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      client.close();
      server.close();
    }
  }

  /** As a browser asks before a page sends JSON with a key. */
  private HttpResponse<String> preflight(String path, String origin) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(client.uri(path))
            .method("OPTIONS", BodyPublishers.noBody())
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os")
            .build();
    return client.http().send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String origin, String key, String body) throws Exception {
    HttpRequest.Builder request = client.request(CHAT, body).header("Origin", origin);
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return client.http().send(request.build(), BodyHandlers.ofString());
  }

  private static String question() {
    return Client.text(with(ask(message("user", "Hello")), "model", "talker"));
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static boolean hasCors(HttpResponse<?> response) {
    return response.headers().map().keySet().stream()
        .anyMatch(name -> name.toLowerCase().startsWith("access-control"));
  }

  @Test
  void thePreflightOfAnAllowedPageNeedsNoKey() throws Exception {
    start(withKey().allowedOrigins(Set.of(PAGE, "https://other.example")));
    for (String path : List.of(CHAT, OLLAMA, "/v1/models")) {
      HttpResponse<String> reply = preflight(path, PAGE);
      assertThat(reply.statusCode()).isEqualTo(204);
      assertThat(reply.body()).isEmpty();
      assertThat(header(reply, ALLOW_ORIGIN)).isEqualTo(PAGE);
      assertThat(header(reply, "Access-Control-Allow-Methods")).isEqualTo("GET, POST");
      assertThat(header(reply, "Access-Control-Allow-Headers"))
          .isEqualTo("authorization,content-type,x-stainless-os");
      assertThat(header(reply, "Vary")).isEqualTo("Origin");
      assertThat(header(reply, "Access-Control-Allow-Credentials")).isEmpty();
    }
  }

  @Test
  void anAllowedPageIsAnsweredWithTheKeyOnlyAndMayReadItsErrors() throws Exception {
    start(withKey().allowedOrigins(Set.of(PAGE)));
    assertThat(post(PAGE, KEY, question()).statusCode()).isEqualTo(200);
    assertThat(post(PAGE, "", question()).statusCode()).isEqualTo(401);
    assertThat(post(PAGE, KEY, "{").statusCode()).isEqualTo(400);
    for (HttpResponse<String> reply :
        List.of(
            post(PAGE, KEY, question()),
            post(PAGE, KEY, question().replace("}", ",\"stream\":true}")),
            post(PAGE, "", question()),
            post(PAGE, KEY, "{"),
            post(PAGE, KEY, question().replace("talker", "other")))) {
      assertThat(header(reply, ALLOW_ORIGIN)).as(reply.body()).isEqualTo(PAGE);
      assertThat(header(reply, "Vary")).isEqualTo("Origin");
    }
  }

  @Test
  void anotherPageIsToldHowItCouldBeAllowed() throws Exception {
    start(withKey());
    HttpResponse<String> reply = preflight(CHAT, STRANGER);
    assertThat(reply.statusCode()).isEqualTo(403);
    assertThat(Client.json(reply.body()).toString())
        .contains(
            "Origin: expected a page that may use this server, found https://evil.example; to allow"
                + " it, start the server with --allow-origin https://evil.example");
    assertThat(hasCors(reply)).isFalse();
  }

  @Test
  void noOtherPageIsAllowedAlong() throws Exception {
    start(withKey().allowedOrigins(Set.of(PAGE)));
    for (String origin :
        List.of(
            STRANGER,
            "null",
            "http://photos.example:8443",
            "https://photos.example",
            "https://photos.example:84430",
            "https://a.photos.example:8443",
            "https://photos.example:8443.evil.example",
            "https://photos.example:8443/",
            "https://photos.example:8443 https://evil.example")) {
      HttpResponse<String> reply = preflight(CHAT, origin);
      assertThat(reply.statusCode()).as(origin).isEqualTo(403);
      assertThat(hasCors(reply)).as(origin).isFalse();
      assertThat(hasCors(post(origin, KEY, question()))).as(origin).isFalse();
    }
  }

  @Test
  void withoutAKeyAnAllowedPageMayAskAndTheHostIsCheckedAllTheSame() throws Exception {
    start(ServerOptions.defaults().allowedOrigins(Set.of(PAGE)));
    assertThat(preflight(CHAT, PAGE).statusCode()).isEqualTo(204);
    HttpResponse<String> answered = post(PAGE, "", question());
    assertThat(answered.statusCode()).isEqualTo(200);
    assertThat(header(answered, ALLOW_ORIGIN)).isEqualTo(PAGE);

    HttpResponse<String> refused = post(STRANGER, "", question());
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body())
        .contains("the server's own page, found https://evil.example; to allow it, start the");
    assertThat(post("null", "", question()).body())
        .contains("found null; such a page cannot be allowed; open it from a web server");
    assertThat(RawRequest.status(server, "POST", CHAT, "evil.example", "Origin: " + PAGE))
        .isEqualTo(403);
  }

  /** A form of a foreign page can send text without a preflight. */
  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""})
  void aFormOfAForeignPageIsRefusedWhateverItsType(String type) throws Exception {
    start(ServerOptions.defaults());
    for (String origin : List.of(STRANGER, "null", "http://localhost:1", "https://localhost")) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(client.uri(CHAT))
              .POST(BodyPublishers.ofString(question()))
              .header("Origin", origin);
      if (!type.isEmpty()) {
        request.header("Content-Type", type);
      }
      HttpResponse<String> reply = client.http().send(request.build(), BodyHandlers.ofString());
      assertThat(reply.statusCode()).as(origin).isEqualTo(403);
      assertThat(hasCors(reply)).isFalse();
    }
    assertThat(model.answers()).isEmpty();
  }

  /** IPv6, and a port that is named twice, not at all, or not the server's. */
  @ParameterizedTest
  @CsvSource({
    "[::1],                 200",
    "[::1]:1,               200",
    "[0:0:0:0:0:0:0:1]:80,  200",
    "[::ffff:127.0.0.1],    200",
    "127.0.0.2:8080,        200",
    "localhost:99999,       200",
    "localhost.,            403",
    "[::2]:8080,            403",
    "[fe80::1],             403",
    "[::1].evil.example,    403",
    "127.0.0.1:80:80,       403",
    "localhost:80@evil,     403",
    "evil@localhost,        403",
    "localhost:x,           403",
    "2130706433,            200",
    "0x7f000001,            403",
    "127.1,                 403",
    "0.0.0.0:8080,          403",
    "::1,                   403",
    "localhost/x,           403",
  })
  void onlyNamesOfThisMachineAreAHost(String host, int status) throws Exception {
    start(ServerOptions.defaults());
    assertThat(RawRequest.status(server, "GET", "/v1/models", host)).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://Photos.Example|https://photos.example",
        "https://photos.example:443|https://photos.example",
        "http://photos.example:80|http://photos.example",
        "http://[::1]:3000|http://[::1]:3000",
        "chrome-extension://0123abcd|chrome-extension://0123abcd",
        "app://localhost|app://localhost",
      })
  void anOriginIsWrittenAsBrowsersWriteIt(String given, String kept) {
    assertThat(ServerOptions.defaults().allowedOrigins(Set.of(given)).allowedOrigins())
        .containsExactly(kept);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "null",
        "",
        "photos.example",
        "https://",
        "https://*.example",
        "https://photos.example/",
        "https://photos.example/page",
        "https://me@photos.example",
        "https://photos.example:",
        "https://a.example,https://b.example",
        "https://a.example\r\nX: y",
        "file:///home/me/page.html",
      })
  void whatIsNoOriginCannotBeAllowed(String origin) {
    assertThatThrownBy(() -> ServerOptions.defaults().allowedOrigins(Set.of(origin)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("allowed origin: expected scheme://host or scheme://host:port");
  }

  @Test
  void anOptionsRequestThatIsNoPreflightIsOneOfAWrongMethod() throws Exception {
    start(withKey().allowedOrigins(Set.of(PAGE)));
    assertThat(RawRequest.status(server, "OPTIONS", CHAT, "localhost")).isEqualTo(401);
    assertThat(
            RawRequest.status(server, "OPTIONS", CHAT, "localhost", "Authorization: Bearer " + KEY))
        .isEqualTo(405);
  }
}
