package dev.loupe.server;

import static dev.loupe.server.Client.CAPTION;
import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.QUESTION;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.base64;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests as clients really send them: both protocols say less than their libraries do. The forms
 * are those of openai-python and ollama-python, and of programs that write JSON of their own.
 */
class ClientRequestsTest {

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

  private static String openAi(Map<String, Object> body) throws Exception {
    Reply reply = client.post(CHAT, body);
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(200);
    return (String) reply.at("choices", 0, "message", "content");
  }

  private static Reply ollama(Map<String, Object> body) throws Exception {
    Reply reply = client.post(OLLAMA, with(body, "stream", false));
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(200);
    return reply;
  }

  private static Map<String, Object> object(Object... pairs) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      object.put((String) pairs[i], pairs[i + 1]);
    }
    return object;
  }

  private static Object json(String value) {
    return Client.json("{\"it\":" + value + "}").get("it");
  }

  /** ollama-python leaves out what is None; Go reads null and an absent text as an empty one. */
  @Test
  void aMessageToOllamaNeedsNoTextBesideItsPictures() throws Exception {
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(8);
    Generation api = model.generate(Prompt.create().image(scene("scene-001")), options);
    List<String> images = List.of(base64(scene("scene-001")));
    for (Map<String, Object> message :
        List.of(
            object("role", "user", "images", images),
            object("role", "user", "content", null, "images", images),
            object("role", "user", "content", "", "images", images))) {
      Reply reply = ollama(with(ask(message), "options", Map.of("num_predict", 8)));
      assertThat(reply.at("message", "content")).isEqualTo(api.text());
      assertThat(reply.at("prompt_eval_count")).isEqualTo(api.promptTokens());
    }
  }

  /** What {@code message.model_dump()} of openai-python gives, sent back as history. */
  @Test
  void anAnswerWithoutTextIsAnEmptyOne() throws Exception {
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(8);
    Prompt prompt =
        Prompt.create().image(scene("scene-001")).text(QUESTION).assistant("").text("Again?");
    Generation api = model.generate(prompt, options);
    Object call =
        Map.of(
            "id", "call_1", "type", "function", "function", Map.of("name", "f", "arguments", "{}"));
    for (Map<String, Object> answer :
        List.of(
            object("role", "assistant", "content", null),
            object("role", "assistant", "content", null, "refusal", "No.", "audio", null),
            object("role", "assistant", "content", null, "function_call", null, "tool_calls", null),
            object("role", "assistant", "content", null, "tool_calls", List.of(call)),
            object("role", "assistant", "tool_calls", List.of(call)),
            object("role", "assistant", "content", List.of(), "annotations", List.of()))) {
      Map<String, Object> body = ask(question("scene-001"), answer, message("user", "Again?"));
      Reply reply = client.post(CHAT, with(body, "max_tokens", 8));
      assertThat(reply.at("choices", 0, "message", "content")).isEqualTo(api.text());
      assertThat(reply.at("usage", "prompt_tokens")).isEqualTo(api.promptTokens());
    }
  }

  @Test
  void anAnswerOfOllamaIsSentBackAsItCame() throws Exception {
    Map<String, Object> answer =
        object("role", "assistant", "content", "", "thinking", "", "images", null);
    answer.put("tool_calls", List.of());
    assertThat(
            ollama(ask(message("user", "Hello"), answer, message("user", "Hello")))
                .at("message", "role"))
        .isEqualTo("assistant");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_tokens|3.0",
        "max_tokens|3e0",
        "max_tokens|30E-1",
        "max_completion_tokens|3.0",
      })
  void aWholeNumberMayBeWrittenWithAPoint(String field, String value) throws Exception {
    assertThat(openAi(with(ask(question("scene-001")), field, json(value))))
        .isEqualTo("A small blue");
  }

  @Test
  void everyWholeNumberOfOpenAiMayBeWrittenWithAPoint() throws Exception {
    Map<String, Object> whole =
        object("n", 1, "seed", 7, "top_k", 40, "min_tokens", 2, "max_tokens", 9);
    Map<String, Object> pointed =
        object("n", 1.0, "seed", 7.0, "top_k", 40.0, "min_tokens", 2.0, "max_tokens", 9.0);
    List<String> texts = new ArrayList<>();
    for (Map<String, Object> fields : List.of(whole, pointed)) {
      Map<String, Object> body = ask(question("scene-001"));
      body.putAll(fields);
      texts.add(openAi(with(body, "temperature", 1.5)));
    }
    assertThat(texts.getFirst()).isEqualTo(texts.getLast());
  }

  @Test
  void everyWholeNumberOfOllamaMayBeWrittenWithAPoint() throws Exception {
    Map<String, Object> message =
        object("role", "user", "content", QUESTION, "images", List.of(base64(scene("scene-001"))));
    Map<String, Object> whole = object("num_predict", 8, "seed", 7, "top_k", 40, "temperature", 1);
    Map<String, Object> pointed =
        object("num_predict", 8.0, "seed", 7.0, "top_k", 40.0, "temperature", 1.0);
    List<Object> texts = new ArrayList<>();
    for (Map<String, Object> options : List.of(whole, pointed)) {
      Reply reply = ollama(with(ask(message), "options", options));
      assertThat(reply.at("eval_count")).isEqualTo(8);
      texts.add(reply.at("message", "content"));
    }
    assertThat(texts.getFirst()).isEqualTo(texts.getLast());
    assertThat(
            client
                .post(OLLAMA, with(ask(message), "options", Map.of("num_predict", 8.5)))
                .at("error"))
        .isEqualTo("options.num_predict: expected an integer, found 8.5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data:image/png;base64, <data>",
        "data:image/png;base64,\t<data>\n",
        "data:image/png;base64,\n    <lines>\n  ",
        "data:image/png;base64,\r\n<lines>",
        "  data:image/png;base64,<data>",
        "\n\tdata:image/png;base64,<lines>",
        "data: image/png; base64 ,<data>",
        "DATA:image/png;BASE64,<data>",
        "data:;base64,<data>",
        "data:image/png;charset=utf-8;base64,<data>",
        "data:image/png;base64,%0A<data>%20",
        "data:image/png;base64,<escaped>",
      })
  void whiteSpaceInADataUriHasNoMeaning(String form) throws Exception {
    String uri = inserted(form);
    assertThat(openAi(ask(message("user", List.of(picture(uri), part(QUESTION))))))
        .isEqualTo(CAPTION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " <data>",
        "<data> \n",
        "\t<lines>\t",
        "\r\n <lines>",
        "\f <data>",
        "data:image/png;base64, <lines>",
        "<lines> "
      })
  void whiteSpaceInBase64HasNoMeaning(String form) throws Exception {
    Map<String, Object> message =
        object("role", "user", "content", QUESTION, "images", List.of(inserted(form)));
    assertThat(ollama(ask(message)).at("message", "content")).isEqualTo(CAPTION);
  }

  private static String inserted(String form) throws IOException {
    String base64 = base64(scene("scene-001"));
    String lines = base64.replaceAll("(.{60})", "$1\r\n\t  ");
    String escaped = base64.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D");
    return form.replace("<data>", base64).replace("<lines>", lines).replace("<escaped>", escaped);
  }

  @Test
  void onlyAsciiWhiteSpaceIsSkipped() throws Exception {
    String uri = "data:image/png;base64," + "\u00a0" + base64(scene("scene-001"));
    Reply reply = client.post(CHAT, ask(message("user", List.of(picture(uri)))));
    assertThat((String) reply.at("error", "message"))
        .endsWith("expected base64, found the character U+00A0 at 0");
  }

  @Test
  void partsMayHaveTheNamesOfTheResponsesApi() throws Exception {
    String uri = "data:image/png;base64," + base64(scene("scene-001"));
    Object picture = Map.of("type", "input_image", "image_url", uri);
    Object text = Map.of("type", "input_text", "text", QUESTION);
    assertThat(openAi(ask(message("user", List.of(picture, text))))).isEqualTo(CAPTION);
    Map<String, Object> body =
        ask(
            message("user", "Hello"),
            message(
                "assistant",
                List.of(
                    Map.of("type", "output_text", "text", "Hello"),
                    Map.of("type", "refusal", "refusal", "No."))),
            message("user", List.of(picture, text)));
    assertThat(openAi(with(body, "max_tokens", 4))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"auto\"", "\"original\"", "null", "7"})
  void detailThatNamesNoLevelSaysNothing(String detail) throws Exception {
    String uri = "data:image/png;base64," + base64(scene("scene-001"));
    Object picture =
        object("type", "image_url", "image_url", object("url", uri, "detail", json(detail)));
    assertThat(openAi(ask(message("user", List.of(picture, part(QUESTION)))))).isEqualTo(CAPTION);
  }

  /** A program that fills in every field of the protocol, most of them with null. */
  @Test
  void everyOptionalFieldOfOpenAiMayBeNull() throws Exception {
    Map<String, Object> body = ask(question("scene-001"));
    for (String field :
        ("model audio frequency_penalty function_call functions logit_bias logprobs"
                + " max_completion_tokens max_tokens metadata min_p min_tokens modalities n"
                + " parallel_tool_calls prediction presence_penalty prompt_cache_key"
                + " reasoning_effort repetition_penalty response_format safety_identifier seed"
                + " service_tier stop store stream stream_options temperature tool_choice tools"
                + " top_k top_logprobs top_p user verbosity web_search_options")
            .split(" ")) {
      body = with(body, field, null);
    }
    assertThat(openAi(body)).isEqualTo(CAPTION);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "stream_options|{}",
        "stream_options|{\"include_usage\":null}",
        "stop|[]",
        "tools|[]",
        "tool_choice|\"none\"",
        "logit_bias|{}",
        "response_format|{\"type\":\"text\"}",
        "modalities|[\"text\"]",
        "n|1",
        "top_logprobs|0",
        "metadata|{\"a\":[1,{\"b\":null}]}",
        "chat_template_kwargs|{\"enable_thinking\":false}",
        "chat_template|\"{{ messages }}\"",
        "no_such_field|[[[{}]]]",
      })
  void aFieldThatChangesNothingIsAccepted(String field, String value) throws Exception {
    assertThat(openAi(with(ask(question("scene-001")), field, json(value)))).isEqualTo(CAPTION);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "keep_alive|\"5m\"",
        "keep_alive|300",
        "keep_alive|-1",
        "keep_alive|-1.5",
        "keep_alive|null",
        "keep_alive|\"\"",
        "format|\"\"",
        "format|null",
        "tools|[]",
        "tools|null",
        "options|null",
        "options|{}",
        "options|{\"num_ctx\":8192,\"num_gpu\":0,\"stop\":null,\"mirostat\":0.0}",
        "options|{\"seed\":null,\"temperature\":null,\"num_predict\":null,\"top_k\":null}",
        "options|{\"num_predict\":-1.0,\"repeat_penalty\":1}",
        "think|false",
        "think|null",
        "truncate|true",
        "no_such_field|{\"a\":[]}",
      })
  void aFieldOfOllamaThatChangesNothingIsAccepted(String field, String value) throws Exception {
    Map<String, Object> message =
        object("role", "user", "content", QUESTION, "images", List.of(base64(scene("scene-001"))));
    assertThat(ollama(with(ask(message), field, json(value))).at("message", "content"))
        .isEqualTo(CAPTION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]"})
  void aMessageToOllamaMayHaveNoPictures(String images) throws Exception {
    Map<String, Object> message =
        object("role", "user", "content", "Hello", "images", json(images), "tool_calls", null);
    ollama(with(ask(message), "options", Map.of("num_predict", 1)));
  }
}
