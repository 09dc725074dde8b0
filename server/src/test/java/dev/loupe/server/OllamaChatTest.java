package dev.loupe.server;

import static dev.loupe.server.Client.CAPTION;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.QUESTION;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Qwen2Vl;
import dev.loupe.server.Client.Reply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ollama's chat, answered by the built-in model. */
class OllamaChatTest {

  private static Qwen2Vl model;
  private static LoupeServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    server = LoupeServer.start(model, ServerOptions.defaults().port(0));
    client = new Client(server);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
    model.close();
  }

  private static Map<String, Object> question() throws IOException {
    return ask(
        Map.of(
            "role",
            "user",
            "content",
            QUESTION,
            "images",
            List.of(Client.base64(scene("scene-001")))));
  }

  @Test
  void anAnswerIsAStreamOfLinesUnlessToldOtherwise() throws Exception {
    List<Map<String, Object>> lines;
    try (Stream<String> stream = client.stream(OLLAMA, question())) {
      lines = stream.map(Client::json).toList();
    }
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(((Map<?, ?>) line.get("message")).get("content")));
    assertThat(text).hasToString(CAPTION);
    assertThat(lines.subList(0, lines.size() - 1))
        .allSatisfy(line -> assertThat(line).containsEntry("done", false));
    assertThat(lines.getLast())
        .containsEntry("done", true)
        .containsEntry("done_reason", "stop")
        .containsEntry("prompt_eval_count", 43)
        .containsEntry("eval_count", 18);
  }

  @Test
  void anAnswerInOnePieceHasTheSameTextAndLength() throws Exception {
    Reply reply = client.post(OLLAMA, with(question(), "stream", false));
    assertThat(reply.at("message", "content")).isEqualTo(CAPTION);
    assertThat(reply.at("message", "role")).isEqualTo("assistant");
    assertThat(reply.at("eval_count")).isEqualTo(18);
    assertThat((Number) reply.at("eval_duration")).isNotNull();
  }

  @Test
  void itsOptionsHaveItsOwnNames() throws Exception {
    Map<String, Object> options = Map.of("num_predict", 4, "temperature", 0, "repeat_penalty", 1.0);
    Reply reply = client.post(OLLAMA, with(with(question(), "stream", false), "options", options));
    assertThat(reply.at("message", "content")).isEqualTo("A small blue triangle");
    assertThat(reply.at("done_reason")).isEqualTo("length");
  }

  @Test
  void aTagOfTheModelIsUnderstood() throws Exception {
    Map<String, Object> tagged = with(question(), "model", "captioner:latest");
    assertThat(client.post(OLLAMA, with(tagged, "stream", false)).status()).isEqualTo(200);
  }

  @Test
  void itsErrorsAreOneSentence() throws Exception {
    Reply other = client.post(OLLAMA, with(question(), "model", "llava"));
    assertThat(other.status()).isEqualTo(404);
    assertThat(other.at("error"))
        .isEqualTo("model: expected captioner, the one that is loaded, found llava");

    Reply broken =
        client.post(
            OLLAMA, ask(Map.of("role", "user", "content", "", "images", List.of("bm9uc2Vuc2U="))));
    assertThat(broken.status()).isEqualTo(400);
    assertThat((String) broken.at("error")).startsWith("messages[0].images[0]: expected a picture");

    assertThat(client.post(OLLAMA, with(question(), "format", "json")).at("error"))
        .isEqualTo("format: expected nothing, found a value; Loupe does not support it");
    assertThat(client.post(OLLAMA, ask(message("tool", "x"))).at("error"))
        .isEqualTo("messages[0].role: expected system, user or assistant, found tool");
    assertThat(
            client.post(OLLAMA, with(question(), "options", Map.of("num_predict", 0))).at("error"))
        .isEqualTo("options.num_predict: expected at least 1, found 0");
  }

  @Test
  void itsListAndVersionAreThere() throws Exception {
    assertThat(client.get("/api/tags").at("models", 0, "name")).isEqualTo("captioner");
    assertThat((String) client.get("/api/version").at("version")).isNotEmpty();
  }
}
