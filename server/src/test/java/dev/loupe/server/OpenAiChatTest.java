package dev.loupe.server;

import static dev.loupe.server.Client.CAPTION;
import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.question;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.server.Client.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's chat completions, answered by the built-in model. */
class OpenAiChatTest {

  private static final String DATA = "data: ";

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

  @Test
  void aPictureGetsItsCaption() throws Exception {
    Reply reply = client.post(CHAT, ask(question("scene-001")));

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(reply.at("object")).isEqualTo("chat.completion");
    assertThat((String) reply.at("id")).startsWith("chatcmpl-");
    assertThat(reply.at("model")).isEqualTo("captioner");
    assertThat(reply.at("choices", 0, "index")).isEqualTo(0);
    assertThat(reply.at("choices", 0, "message", "role")).isEqualTo("assistant");
    assertThat(reply.at("choices", 0, "message", "content")).isEqualTo(CAPTION);
    assertThat(reply.at("choices", 0, "finish_reason")).isEqualTo("stop");
    Generation api = fromApi("scene-001");
    assertThat(reply.at("usage", "prompt_tokens")).isEqualTo(api.promptTokens());
    assertThat(reply.at("usage", "completion_tokens")).isEqualTo(api.tokens().size());
    assertThat(reply.at("usage", "total_tokens"))
        .isEqualTo(api.promptTokens() + api.tokens().size());
  }

  private static Generation fromApi(String scene) throws IOException {
    return model.generate(
        Prompt.create().image(scene(scene)).text(Client.QUESTION), GenerationOptions.greedy());
  }

  @Test
  void aStreamIsTheAnswerInItsOrder() throws Exception {
    List<Map<String, Object>> chunks = chunks(with(ask(question("scene-001")), "stream", true));

    assertThat(chunks).allSatisfy(c -> assertThat(c).doesNotContainKey("usage"));
    assertThat(chunks).extracting(c -> c.get("object")).containsOnly("chat.completion.chunk");
    assertThat(chunks.stream().map(c -> c.get("id")).distinct()).hasSize(1);
    assertThat(delta(chunks.getFirst())).containsEntry("role", "assistant");
    assertThat(content(chunks)).isEqualTo(CAPTION);
    assertThat(chunks.size()).isGreaterThan(10);
    assertThat(choice(chunks.getLast())).containsEntry("finish_reason", "stop");
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(c -> assertThat(choice(c)).containsEntry("finish_reason", null));
  }

  @Test
  void aStreamCountsItsTokensOnRequest() throws Exception {
    Map<String, Object> body =
        with(
            with(ask(question("scene-001")), "stream", true),
            "stream_options",
            Map.of("include_usage", true));
    List<Map<String, Object>> chunks = chunks(body);

    assertThat(chunks.getLast()).containsEntry("choices", List.of());
    assertThat(chunks.getLast().get("usage"))
        .isEqualTo(Map.of("prompt_tokens", 43, "completion_tokens", 18, "total_tokens", 61));
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(c -> assertThat(c).containsEntry("usage", null));
  }

  @Test
  void theLongestAnswerIsObeyedUnderBothNames() throws Exception {
    for (String name : List.of("max_tokens", "max_completion_tokens")) {
      Reply reply = client.post(CHAT, with(ask(question("scene-001")), name, 3));
      assertThat(reply.at("choices", 0, "message", "content")).isEqualTo("A small blue");
      assertThat(reply.at("choices", 0, "finish_reason")).isEqualTo("length");
      assertThat(reply.at("usage", "completion_tokens")).isEqualTo(3);
    }
  }

  @Test
  void aStopTextEndsTheAnswerBeforeItself() throws Exception {
    for (Object stop : List.of("triangle", List.of("ring", "tri"))) {
      Map<String, Object> body = with(ask(question("scene-001")), "stop", stop);
      Reply whole = client.post(CHAT, body);
      assertThat(whole.at("choices", 0, "message", "content")).isEqualTo("A small blue ");
      assertThat(whole.at("choices", 0, "finish_reason")).isEqualTo("stop");
      assertThat(content(chunks(with(body, "stream", true)))).isEqualTo("A small blue ");
    }
  }

  @Test
  void theSameSeedDrawsTheSameAndTemperatureZeroDrawsNothing() throws Exception {
    Map<String, Object> drawn = with(with(ask(question("scene-001")), "temperature", 2), "seed", 7);
    assertThat(text(drawn)).isEqualTo(text(drawn));
    assertThat(text(with(drawn, "temperature", 0))).isEqualTo(CAPTION);

    Set<String> others = new HashSet<>();
    for (int seed = 0; seed < 8; seed++) {
      others.add(text(with(drawn, "seed", seed)));
    }
    assertThat(others).hasSizeGreaterThan(1);
  }

  @Test
  void aSeedDrawsWhatTheApiDrawsFromIt() throws Exception {
    Generation api =
        model.generate(
            Prompt.create().image(scene("scene-001")).text(Client.QUESTION),
            GenerationOptions.greedy()
                .maxNewTokens(24)
                .sample(11)
                .temperature(1.5)
                .topP(0.95)
                .topK(0));
    Map<String, Object> body = with(ask(question("scene-001")), "max_tokens", 24);
    body = with(with(with(body, "seed", 11), "temperature", 1.5), "top_p", 0.95);
    assertThat(text(body)).isEqualTo(api.text());
  }

  @Test
  void aConversationGivesTheTokensThatTheApiGives() throws Exception {
    String system = "You are a helpful assistant.";
    Prompt prompt = Prompt.create().system(system).image(scene("scene-001")).text(Client.QUESTION);
    List<Object> messages = new ArrayList<>();
    messages.add(message("system", system));
    messages.add(question("scene-001"));
    for (String next : List.of("Write a caption for this image.", "What is to the right?")) {
      Generation api = model.generate(prompt, GenerationOptions.greedy().maxNewTokens(40));
      Reply reply = client.post(CHAT, with(ask(messages.toArray()), "max_tokens", 40));

      assertThat(reply.at("choices", 0, "message", "content")).isEqualTo(api.text());
      assertThat(reply.at("usage", "prompt_tokens")).isEqualTo(api.promptTokens());
      assertThat(reply.at("usage", "completion_tokens")).isEqualTo(api.tokens().size());
      prompt = prompt.assistant(api.text()).text(next);
      messages.add(message("assistant", api.text()));
      messages.add(message("user", next));
    }
  }

  @Test
  void severalPicturesStandWhereTheyWereSent() throws Exception {
    Generation api =
        model.generate(
            Prompt.create()
                .image(scene("scene-002"))
                .text(" and ")
                .image(scene("scene-003"))
                .text("?"),
            GenerationOptions.greedy().maxNewTokens(20));
    Reply reply =
        client.post(
            CHAT,
            with(
                ask(
                    message(
                        "user",
                        List.of(
                            picture(scene("scene-002")),
                            part(" and "),
                            picture(scene("scene-003")),
                            part("?")))),
                "max_tokens",
                20));
    assertThat(reply.at("choices", 0, "message", "content")).isEqualTo(api.text());
    assertThat(reply.at("usage", "prompt_tokens")).isEqualTo(api.promptTokens());
  }

  @Test
  void whatClientsSendForOtherServersIsIgnored() throws Exception {
    Map<String, Object> body = ask(question("scene-001"));
    for (String field : List.of("user", "store", "metadata", "no_such_field", "stop", "seed")) {
      body = with(body, field, null);
    }
    body = with(body, "n", 1);
    body = with(body, "frequency_penalty", 0);
    body = with(body, "presence_penalty", 0.0);
    body = with(body, "logprobs", false);
    body = with(body, "tools", List.of());
    body = with(body, "response_format", Map.of("type", "text"));
    body = with(body, "reasoning_effort", "high");
    assertThat(text(body)).isEqualTo(CAPTION);
  }

  @Test
  void aSmallPictureHasNothingToLoseByDetailAndAPlainAddressIsEnough() throws Exception {
    String uri = "data:image/png;base64," + Client.base64(scene("scene-001"));
    Map<String, Object> detailed =
        Map.of("type", "image_url", "image_url", Map.of("url", uri, "detail", "low"));
    Map<String, Object> plain = Map.of("type", "image_url", "image_url", uri);
    for (Object picture : List.of(detailed, plain)) {
      assertThat(text(ask(message("user", List.of(picture, part(Client.QUESTION))))))
          .isEqualTo(CAPTION);
    }
  }

  @Test
  void aQuestionNeedsNoPicture() throws Exception {
    Generation api =
        model.generate(Prompt.of("Hello"), GenerationOptions.greedy().maxNewTokens(10));
    assertThat(text(with(ask(message("user", "Hello")), "max_tokens", 10))).isEqualTo(api.text());
  }

  private static String text(Map<String, Object> body) throws Exception {
    Reply reply = client.post(CHAT, body);
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(200);
    return (String) reply.at("choices", 0, "message", "content");
  }

  /** The events of a stream, which ends as it must. */
  private static List<Map<String, Object>> chunks(Map<String, Object> body) throws Exception {
    try (Stream<String> stream = client.stream(CHAT, body)) {
      List<String> lines = stream.toList();
      assertThat(lines).allSatisfy(l -> assertThat(l.isEmpty() || l.startsWith(DATA)).isTrue());
      List<String> events = lines.stream().filter(l -> !l.isEmpty()).toList();
      assertThat(events.getLast()).isEqualTo(DATA + "[DONE]");
      return events.subList(0, events.size() - 1).stream()
          .map(l -> Client.json(l.substring(DATA.length())))
          .toList();
    }
  }

  private static Map<String, Object> choice(Map<String, Object> chunk) {
    return Client.object(((List<?>) chunk.get("choices")).getFirst());
  }

  private static Map<String, Object> delta(Map<String, Object> chunk) {
    return Client.object(choice(chunk).get("delta"));
  }

  private static String content(List<Map<String, Object>> chunks) {
    StringBuilder text = new StringBuilder();
    for (Map<String, Object> chunk : chunks) {
      Object piece = delta(chunk).get("content");
      text.append(piece == null ? "" : piece);
    }
    return text.toString();
  }
}
