package dev.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the server tells about itself. */
class ModelRoutesTest {

  private final List<String> log = new CopyOnWriteArrayList<>();
  private LoupeServer server;
  private Client client;

  @BeforeEach
  void start() throws Exception {
    server =
        LoupeServer.start(new TalkingModel(), ServerOptions.defaults().port(0).accessLog(log::add));
    client = new Client(server);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void itsModelIsListedAndFound() throws Exception {
    assertThat(client.get("/v1/models").at("object")).isEqualTo("list");
    assertThat(client.get("/v1/models").at("data", 0, "id")).isEqualTo("talker");
    assertThat(client.get("/v1/models/talker").at("id")).isEqualTo("talker");
    assertThat(client.get("/v1/models/org/talker").status()).isEqualTo(404);
  }

  @Test
  void itsHealthCountsTheRequestsInTheHouse() throws Exception {
    assertThat(client.get("/health").json()).containsEntry("status", "ok");
    assertThat(client.get("/health").json()).containsEntry("pending", 0);
  }

  @Test
  void aHeadOfARouteHasNoBody() throws Exception {
    HttpRequest head = HttpRequest.newBuilder(client.uri("/health")).HEAD().build();
    var response = client.http().send(head, BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void theLogHasALineForEachRequestAndNothingOfItsContent() throws Exception {
    client.post(Client.CHAT, "{\"secret\":1}");
    Await.until("a line", () -> !log.isEmpty());
    assertThat(log.getFirst()).matches("127\\.0\\.0\\.1 POST /v1/chat/completions 400 \\d+ ms");
  }
}
