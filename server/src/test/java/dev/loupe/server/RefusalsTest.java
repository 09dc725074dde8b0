package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Qwen2Vl;
import dev.loupe.server.Client.Reply;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a request is reported in OpenAI's error object, with the right status. */
class RefusalsTest {

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{|body: expected a JSON object, found a mistake at line 1, column 2",
        "[]|body: expected a JSON object, found a list",
        "7|body: expected a JSON object, found 7",
        "``|body: expected a JSON object, found nothing",
        "{\"n\":1,\"n\":2}|body: expected a JSON object, found a mistake at line 1, column 12",
        "nonsense|body: expected a JSON object, found a mistake at line 1",
      })
  void aBodyThatIsNoObjectIsMalformed(String body, String message) throws Exception {
    Reply reply = client.post(CHAT, body);
    assertThat(reply.status()).isEqualTo(400);
    assertThat((String) reply.at("error", "message")).startsWith(message);
    assertThat(reply.at("error", "type")).isEqualTo("invalid_request_error");
    assertThat(reply.at("error", "code")).isEqualTo("invalid_json");
    assertThat(reply.at("error", "param")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "temperature|\"hot\"|expected a number, found \"hot\"",
        "temperature|-1|expected 0 to 2.0, found -1.0",
        "top_p|1.5|expected a number from 0 to 1, found 1.5",
        "max_tokens|\"many\"|expected an integer, found \"many\"",
        "max_tokens|2.5|expected an integer, found 2.5",
        "max_tokens|0|expected at least 1, found 0",
        "max_completion_tokens|-3|expected at least 1, found -3",
        "stream|\"yes\"|expected true or false, found \"yes\"",
        "stop|[\"\"]|expected texts, found an empty one",
        "stop[1]|[\"a\",7]|expected a string, found 7",
        "seed|{}|expected an integer, found an object",
        "model|7|expected a string, found 7",
        "stream_options|[]|expected an object, found a list",
        "n|2|expected 1, found 2",
        "frequency_penalty|0.5|expected 0, found 0.5; use repetition_penalty",
        "logprobs|true|expected false, found true",
        "response_format.type|{\"type\":\"json_object\"}|expected text, found json_object",
        "tools|[{}]|expected nothing, found a value; Loupe does not support it",
        "messages|7|expected a list of objects, found 7",
        "messages|[]|expected at least one message, found none",
        "messages[0]|[7]|expected an object, found 7",
        "messages[0].role|[{\"content\":\"x\"}]|expected a string, found nothing",
        "messages[0].content|[{\"role\":\"user\"}]|expected a string or a list of objects, found nothing",
      })
  void aFieldOfAWrongKindIsNamed(String param, String value, String message) throws Exception {
    String field = param.replaceFirst("[.\\[].*", "");
    Object json = Client.json("{\"it\":" + value + "}").get("it");
    Reply reply = client.post(CHAT, with(ask(message("user", "Hello")), field, json));
    assertThat(reply.at("error", "message")).isEqualTo(param + ": " + message);
    assertThat(reply.at("error", "param")).isEqualTo(param);
    assertThat(reply.status()).isEqualTo(400);
  }

  @Test
  void aRoleOrPartThatIsUnknownIsRefused() throws Exception {
    assertThat(client.post(CHAT, ask(message("tool", "x"))).at("error", "message"))
        .isEqualTo("messages[0].role: expected system, user or assistant, found tool");
    Map<String, Object> audio = Map.of("type", "input_audio");
    assertThat(client.post(CHAT, ask(message("user", List.of(audio)))).at("error", "message"))
        .isEqualTo(
            "messages[0].content[0].type: expected text, or image_url from a user, found"
                + " input_audio from user");
    Map<String, Object> picture = picture("data:image/png;base64,AA==");
    assertThat(client.post(CHAT, ask(message("system", List.of(picture)))).at("error", "param"))
        .isEqualTo("messages[0].content[0].type");
    assertThat(
            client
                .post(CHAT, ask(message("user", "x"), message("assistant", "y")))
                .at("error", "message"))
        .isEqualTo("messages: expected the last one from the user, found assistant");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://127.0.0.1/a.png|invalid_image_url|an address in the network; Loupe opens no network",
        "https://example.org/a.png|invalid_image_url|an address in the network",
        "file:///etc/passwd|invalid_image_url|found another text",
        "data:image/png,AAAA|invalid_image_url|without ;base64,",
        "data:image/png;base64,A*B=|invalid_image|found the character U+002A at 1",
        "data:image/png;base64,A|invalid_image|expected base64, found it broken",
        "data:image/png;base64,|invalid_image|expected a picture",
        "data:image/png;base64,bm9uc2Vuc2U=|invalid_image|expected a picture",
        "data:image/png;base64,iVBORw0KGgo=|invalid_image|expected a whole PNG picture",
      })
  void aPictureThatCannotBeUsedIsRefused(String url, String code, String message) throws Exception {
    Reply reply = client.post(CHAT, ask(message("user", List.of(part("What?"), picture(url)))));
    assertThat(reply.status()).isEqualTo(400);
    assertThat((String) reply.at("error", "message"))
        .startsWith("messages[0].content[1].image_url.url: ")
        .contains(message);
    assertThat(reply.at("error", "code")).isEqualTo(code);
    assertThat(reply.at("error", "param")).isEqualTo("messages[0].content[1].image_url.url");
  }

  @Test
  void anotherModelIsNotFound() throws Exception {
    Reply reply = client.post(CHAT, with(ask(message("user", "x")), "model", "gpt-4o"));
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.at("error", "code")).isEqualTo("model_not_found");
    assertThat(client.get("/v1/models/gpt-4o").status()).isEqualTo(404);
  }

  @Test
  void aPromptBeyondTheContextIsRefused() throws Exception {
    Reply reply = client.post(CHAT, ask(message("user", "triangle ".repeat(40_000))));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.at("error", "code")).isEqualTo("context_length_exceeded");
    assertThat(reply.at("error", "param")).isEqualTo("messages");
  }

  @Test
  void aStreamThatCannotBeginIsAProperError() throws Exception {
    Map<String, Object> body =
        with(ask(message("user", "triangle ".repeat(40_000))), "stream", true);
    Reply reply = client.post(CHAT, body);
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.at("error", "code")).isEqualTo("context_length_exceeded");
  }

  @Test
  void anUnknownAddressOrMethodSaysSo() throws Exception {
    Reply unknown = client.get("/v1/embeddings");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.at("error", "message")).isEqualTo("GET /v1/embeddings: no such route");

    for (String path : Arrays.asList(CHAT, "/api/chat")) {
      Reply wrong = client.get(path);
      assertThat(wrong.status()).isEqualTo(405);
      assertThat(wrong.header("Allow")).isEqualTo("POST");
    }
    Reply delete = client.send(HttpRequest.newBuilder(client.uri("/health")).DELETE());
    assertThat(delete.status()).isEqualTo(405);
    assertThat(delete.header("Allow")).isEqualTo("GET");
  }
}
