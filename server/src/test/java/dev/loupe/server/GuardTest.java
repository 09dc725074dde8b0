package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.server.Client.Reply;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may use the server: this machine, its own page, and clients with the key. */
class GuardTest {

  private static final String KEY = "kept-secret-0123";

  private final TalkingModel model = new TalkingModel();
  private LoupeServer server;
  private Client client;

  private void start(ServerOptions options) throws Exception {
    model.silence();
    server = LoupeServer.start(model, options.port(0));
    client = new Client(server);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      client.close();
      server.close();
    }
  }

  private static String question() {
    return Client.text(Map.of("messages", List.of(message("user", "Hello"))));
  }

  @Test
  void aPageOfAnotherSiteMayNotAsk() throws Exception {
    start(ServerOptions.defaults());
    for (String origin : List.of("https://example.org", "null", "http://127.0.0.1:1")) {
      Reply reply = client.send(client.request(CHAT, question()).header("Origin", origin));
      assertThat(reply.status()).isEqualTo(403);
      assertThat((String) reply.at("error", "message")).startsWith("Origin: expected http://127.");
      assertThat(reply.header("Access-Control-Allow-Origin")).isEmpty();
    }
    HttpRequest preflight =
        HttpRequest.newBuilder(client.uri(CHAT))
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .header("Origin", "https://example.org")
            .build();
    var reply = client.http().send(preflight, BodyHandlers.ofString());
    assertThat(reply.statusCode()).isEqualTo(403);
    assertThat(reply.headers().map().keySet()).noneMatch(h -> h.startsWith("access-control"));
  }

  @Test
  void itsOwnPageMayAsk() throws Exception {
    start(ServerOptions.defaults());
    String own = server.uri().toString();
    assertThat(client.send(client.request(CHAT, question()).header("Origin", own)).status())
        .isEqualTo(200);
  }

  @Test
  void aNameThatAnotherSiteHasResolveToThisMachineIsRefused() throws Exception {
    start(ServerOptions.defaults());
    int port = server.address().getPort();
    assertThat(statusForHost("evil.example:" + port)).isEqualTo(403);
    assertThat(statusForHost("127.0.0.1.evil.example")).isEqualTo(403);
    assertThat(statusForHost("192.168.0.1:" + port)).isEqualTo(403);
    assertThat(statusForHost("a b")).isEqualTo(403);
    assertThat(statusForHost("localhost:" + port)).isEqualTo(200);
    assertThat(statusForHost("LOCALHOST")).isEqualTo(200);
    assertThat(statusForHost("127.0.0.1:" + port)).isEqualTo(200);
    assertThat(statusForHost("[::1]:" + port)).isEqualTo(200);
  }

  /** Java's own client writes the header itself. */
  private int statusForHost(String host) throws Exception {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      String request =
          "GET /v1/models HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(host);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String reply = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return Integer.parseInt(reply.split(" ")[1]);
    }
  }

  @Test
  void aKeyIsAskedForOnEveryRouteButThePageAndHealth() throws Exception {
    start(ServerOptions.defaults().apiKey(KEY));
    for (String path : List.of("/v1/models", "/api/tags", "/api/version", "/nope")) {
      Reply reply = client.get(path);
      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
    }
    Reply refused = client.post(CHAT, question());
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.at("error", "code")).isEqualTo("invalid_api_key");
    assertThat(refused.json().toString()).doesNotContain(KEY);

    assertThat(client.get("/health").status()).isEqualTo(200);
    HttpRequest page = HttpRequest.newBuilder(client.uri("/")).build();
    assertThat(client.http().send(page, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
  }

  @Test
  void theRightKeyOpensAndAWrongOneDoesNot() throws Exception {
    start(ServerOptions.defaults().apiKey(KEY));
    for (String right : List.of("Bearer " + KEY, "bearer " + KEY)) {
      assertThat(statusFor(right)).isEqualTo(200);
    }
    for (String wrong : List.of("Bearer", "Bearer x", "Bearer " + KEY + "4", "Basic " + KEY, KEY)) {
      assertThat(statusFor(wrong)).as(wrong).isEqualTo(401);
    }
  }

  private int statusFor(String authorization) throws Exception {
    return client
        .send(client.request(CHAT, question()).header("Authorization", authorization))
        .status();
  }

  @Test
  void aLargeRequestWithoutTheKeyIsToldSoAllTheSame() throws Exception {
    start(ServerOptions.defaults().apiKey(KEY));
    assertThat(client.post(CHAT, ask(message("user", "x".repeat(4 << 20)))).status())
        .isEqualTo(401);
  }

  @Test
  void anAddressThatOthersReachNeedsAKey() {
    ServerOptions options = ServerOptions.defaults();
    InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
    assertThatThrownBy(() -> options.address(everywhere))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host 0.0.0.0: expected an API key")
        .hasMessageContaining("found none");
    assertThat(options.apiKey(KEY).address(everywhere).address()).isEqualTo(everywhere);
    assertThatThrownBy(() -> options.apiKey(" "))
        .hasMessage("API key: expected one or more visible ASCII characters, found none");
    assertThat(options.apiKey(KEY).toString()).doesNotContain(KEY);
  }

  @Test
  void theOtherAddressIsServedUnderAnyName() throws Exception {
    start(ServerOptions.defaults().apiKey(KEY).address(new InetSocketAddress("0.0.0.0", 0)));
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      String request =
          "GET /v1/models HTTP/1.1\r\nHost: my.name\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
              .formatted(KEY);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(reply).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void thePageMayLoadNothing() throws Exception {
    start(ServerOptions.defaults());
    HttpRequest request = HttpRequest.newBuilder(client.uri("/")).build();
    var page = client.http().send(request, BodyHandlers.ofString());
    assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'sha256-", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(page.body()).doesNotContain("innerHTML", "src=\"http", "href=\"http", " style=\"");
  }
}
