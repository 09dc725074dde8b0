package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Qwen2Vl;
import dev.loupe.server.Client.Reply;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that are made to break something get a refusal in Loupe's own words, at once. One long
 * class, because its tables of what can be wrong belong beside each other.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileRequestsTest {

  private static final int BAD_REQUEST = 400;
  private static final int MEGABYTE = 1_000_000;

  private static Qwen2Vl model;
  private static LoupeServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    Limits limits = Limits.defaults().decodeTime(Duration.ofSeconds(2));
    server = LoupeServer.start(model, ServerOptions.defaults().port(0).limits(limits));
    client = new Client(server);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
    model.close();
  }

  /** The error of a request that must be refused, whose words are our own. */
  private static String refusal(String path, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(client.uri(path)).POST(BodyPublishers.ofByteArray(body)).build();
    HttpResponse<String> reply = client.http().send(request, BodyHandlers.ofString());
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(BAD_REQUEST);
    ErrorWords.requireOurs(reply.body());
    Object error = Client.json(reply.body()).get("error");
    return (String) (error instanceof Map<?, ?> object ? object.get("message") : error);
  }

  private static String refusal(String path, String body) throws Exception {
    return refusal(path, body.getBytes(StandardCharsets.UTF_8));
  }

  private static String hello(String more) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]" + more + "}";
  }

  static Stream<String> malformed() {
    String deep = "[".repeat(5000);
    return Stream.of(
        "null",
        "true",
        "\"\"",
        "{",
        "{\"a\":" + deep,
        deep,
        "{\"a\":" + "{\"a\":".repeat(5000),
        "{\"a\":" + deep + "]".repeat(5000) + "}",
        "{\"seed\":" + "9".repeat(MEGABYTE) + "}",
        "{\"seed\":0." + "9".repeat(MEGABYTE) + "}",
        "{\"seed\":1e" + "9".repeat(MEGABYTE) + "}",
        "{\"seed\":-" + "1".repeat(1001) + "}",
        "{\"" + "n".repeat(MEGABYTE) + "\":1}",
        "{\"a\":[" + "[],".repeat(MEGABYTE) + "1]}",
        hello("") + "x",
        hello("") + hello(""),
        hello("") + "}",
        hello("") + ",",
        hello("") + "\u0000",
        hello(",\"seed\":1,\"seed\":2"),
        hello(",\"messages\":[]"),
        "{\"messages\":[{\"role\":\"user\",\"role\":\"system\",\"content\":\"x\"}]}",
        "{\"a\":\"\u0000\"}",
        "{\"a\":\"\u001b\"}",
        "{\"a\":\"\\u00\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-}",
        "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":0x10}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "// x\n{}",
        "\ufeff\ufeff{}");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aBodyThatIsNoPlainObjectIsRefused(String body) throws Exception {
    for (String path : List.of(CHAT, OLLAMA)) {
      assertThat(refusal(path, body)).startsWith("body: expected a JSON object, found ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7b2261223a22ff227d", // an octet that UTF-8 does not have
        "7b2261223a22c080227d", // NUL in two octets
        "7b2261223a22eda080227d", // half of a surrogate pair
        "7b2261223a22f4908080227d", // beyond Unicode
        "7b2261223a22e2827d", // cut off inside a character
        "0000007b000000", // cut off inside UTF-32
        "0000fffe7b", // an order of octets that nobody uses
        "fffe0000ffffffff",
        "1f8b0800000000000003ab56caa902004d3e0f2502000000", // gzip
      })
  void octetsThatAreNoTextAreRefused(String hex) throws Exception {
    byte[] body = HexFormat.of().parseHex(hex);
    assertThat(refusal(CHAT, body)).startsWith("body: expected a JSON object, found ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"messages\":null}|messages: expected a list of objects, found null",
        "{\"messages\":{}}|messages: expected a list of objects, found an object",
        "{\"messages\":[null]}|messages[0]: expected an object, found null",
        "{\"messages\":[[]]}|messages[0]: expected an object, found a list",
        "{\"messages\":[{\"role\":null,\"content\":\"x\"}]}|messages[0].role: expected a string, found null",
        "{\"messages\":[{\"role\":\"user\",\"content\":[null]}]}|messages[0].content[0]: expected an object, found null",
        "{\"messages\":[{\"role\":\"user\",\"content\":{}}]}|messages[0].content: expected a list of objects, found an object",
        "{\"messages\":[{\"role\":\"user\",\"content\":null}]}|messages[0].content: expected a string or a list of objects, found null",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{}]}]}|messages[0].content[0].type: expected a string, found nothing",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}|messages[0].content[0].text: expected a string, found nothing",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":null}]}]}|messages[0].content[0].image_url: expected a string, found null",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":[]}]}]}|messages[0].content[0].image_url: expected an object, found a list",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":null}}]}]}|messages[0].content[0].image_url.url: expected a string, found null",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}|messages[0].content: expected Unicode text, found half of a surrogate pair",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\\udc00b\"}]}|messages[0].content: expected Unicode text, found half of a surrogate pair",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\\udbff\"}]}]}|messages[0].content[0].text: expected Unicode text, found half of a surrogate pair",
      })
  void nullAndOtherKindsInPlaceOfAMessageAreNamed(String body, String message) throws Exception {
    assertThat(refusal(CHAT, body)).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"messages\":[{\"role\":\"user\",\"images\":[null]}]}|messages[0].images[0]: expected a string, found null",
        "{\"messages\":[{\"role\":\"user\",\"images\":{}}]}|messages[0].images: expected a list of strings, found an object",
        "{\"messages\":[{\"role\":\"user\",\"content\":[]}]}|messages[0].content: expected a string, found a list",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}|messages[0].content: expected Unicode text, found half of a surrogate pair",
        "{\"messages\":[{\"role\":\"user\"}],\"options\":[]}|options: expected an object, found a list",
      })
  void theSameOfOllama(String body, String message) throws Exception {
    assertThat(refusal(OLLAMA, body)).isEqualTo(message);
  }

  /** NUL is a character like others to the tokenizer, as in the reference. */
  @Test
  void nulInATextIsAnswered() throws Exception {
    Reply reply = client.post(CHAT, hello(",\"max_tokens\":1").replace("Hello", "a\\u0000b"));
    assertThat(reply.status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_tokens|-1|expected at least 1, found -1",
        "max_tokens|-2147483648|expected at least 1, found -2147483648",
        "max_tokens|2147483648|expected an integer of 32 bits, found 2147483648",
        "max_tokens|9223372036854775808|expected an integer of 32 bits, found 9223372036854775808",
        "max_tokens|1e308|expected an integer of 32 bits, found 1.0E308",
        "max_tokens|1e-320|expected an integer, found 1.0E-320",
        "max_tokens|1e400|",
        "max_tokens|\"NaN\"|expected an integer, found \"NaN\"",
        "max_completion_tokens|-1|expected at least 1, found -1",
        "max_completion_tokens|2147483648|expected an integer of 32 bits, found 2147483648",
        "min_tokens|-1|expected at least 0, found -1",
        "min_tokens|2147483647|",
        "min_tokens|2147483648|expected an integer of 32 bits, found 2147483648",
        "n|-1|expected 1, found -1",
        "n|0|expected 1, found 0",
        "n|2147483648|expected an integer of 32 bits, found 2147483648",
        "n|1e308|expected an integer of 32 bits, found 1.0E308",
        "top_k|-2|expected at least 0, found -2",
        "top_k|2147483648|expected an integer of 32 bits, found 2147483648",
        "top_k|1e308|expected an integer of 32 bits, found 1.0E308",
        "top_k|0.5|expected an integer, found 0.5",
        "seed|1e308|expected an integer, found 1.0E308",
        "seed|1e-320|expected an integer, found 1.0E-320",
        "seed|1e400|",
        "seed|\"NaN\"|expected an integer, found \"NaN\"",
        "temperature|-1e-320|expected 0 to 2.0, found -1.0E-320",
        "temperature|1e-320|expected 0, or 1.0E-15 to 2.0, found 1.0E-320",
        "temperature|1e-45|expected 0, or 1.0E-15 to 2.0, found 1.0E-45",
        "temperature|1e-38|expected 0, or 1.0E-15 to 2.0, found 1.0E-38",
        "temperature|1e308|expected 0 to 2.0, found 1.0E308",
        "temperature|1e400|",
        "temperature|2147483648|expected 0 to 2.0, found 2.147483648E9",
        "top_p|-1e-320|expected a number from 0 to 1, found -1.0E-320",
        "top_p|1e308|expected a number from 0 to 1, found 1.0E308",
        "min_p|-1|expected a number from 0 to 1, found -1.0",
        "min_p|1e308|expected a number from 0 to 1, found 1.0E308",
        "repetition_penalty|0|expected 1.0E-15 to 1.0E15, found 0.0",
        "repetition_penalty|-1|expected 1.0E-15 to 1.0E15, found -1.0",
        "repetition_penalty|1e-320|expected 1.0E-15 to 1.0E15, found 1.0E-320",
        "repetition_penalty|1e308|expected 1.0E-15 to 1.0E15, found 1.0E308",
        "repetition_penalty|1e400|",
        "frequency_penalty|1e308|expected 0, found 1.0E308; use repetition_penalty",
        "presence_penalty|-1e-320|expected 0, found -1.0E-320; use repetition_penalty",
      })
  void anAbsurdNumberIsRefused(String field, String value, String message) throws Exception {
    String found = refusal(CHAT, hello(",\"" + field + "\":" + value));
    if (message != null) {
      assertThat(found).isEqualTo(field + ": " + message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_predict|-3",
        "num_predict|2147483648",
        "num_predict|1e308",
        "num_predict|1e400",
        "seed|1e308",
        "top_k|-2",
        "top_k|9223372036854775808",
        "temperature|-1",
        "temperature|1e-320",
        "temperature|1e308",
        "top_p|2",
        "min_p|-1",
        "repeat_penalty|0",
        "repeat_penalty|1e-320",
        "repeat_penalty|1e308",
      })
  void anAbsurdNumberOfOllamaIsRefused(String field, String value) throws Exception {
    assertThat(refusal(OLLAMA, hello(",\"options\":{\"" + field + "\":" + value + "}")))
        .matches("(options\\." + field + "|body): expected .*, found (?s).*");
  }

  /** At the edges of what is allowed, drawn tokens are still drawn from numbers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"temperature\":1e-15",
        "\"temperature\":1e-15,\"repetition_penalty\":1e-15",
        "\"temperature\":1e-15,\"repetition_penalty\":1e15",
        "\"temperature\":2,\"repetition_penalty\":1e15",
        "\"temperature\":2,\"top_p\":0",
        "\"temperature\":2,\"top_p\":1e-320",
        "\"temperature\":2,\"min_p\":1",
        "\"temperature\":2,\"min_p\":1e-320",
        "\"temperature\":2,\"top_k\":2147483647",
        "\"temperature\":2,\"top_k\":-1",
        "\"temperature\":2,\"seed\":-9223372036854775808",
        "\"temperature\":2,\"seed\":18446744073709551615",
        "\"temperature\":-0.0",
        "\"max_tokens\":2147483647,\"stop\":\"e\"",
        "\"repetition_penalty\":1e-15,\"max_tokens\":3",
        "\"repetition_penalty\":1e15,\"max_tokens\":3",
      })
  void aNumberAtTheEdgeIsAnswered(String fields) throws Exception {
    String limited = fields.contains("max_tokens") ? fields : fields + ",\"max_tokens\":5";
    Reply reply = client.post(CHAT, hello("," + limited));
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(200);
  }

  /** Everything that could make a server fetch or read something. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/",
        "HTTPS://example.org/a.png",
        "http:\\\\example.org\\a.png",
        "https:/\\example.org@127.0.0.1/",
        "//example.org/a.png",
        "\\\\example.org\\share\\a.png",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "FILE:/etc/passwd",
        "jar:file:///tmp/a.jar!/a.png",
        "jar:http://example.org/a.jar!/a.png",
        "ftp://example.org/a.png",
        "gopher://127.0.0.1:6379/_x",
        "blob:https://example.org/1",
        "/etc/passwd",
        "../../etc/passwd",
        "~/a.png",
        "C:\\a.png",
        "classpath:a.png",
        "url:file:///etc/passwd",
        "data:",
        "data:,",
        "data:text/plain,hello",
        "data:image/png,AAAA",
        "data:image/png;base64",
        "data:image/png;base64;charset=utf-8,AAAA",
        "data:image/png;base64,http://example.org/a.png",
        "data:image/png;base64,%",
        "data:image/png;base64,%zz",
        "data:image/svg+xml;base64,PHN2ZyB4bWxucz0naHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmcnPjwvc3ZnPg==",
        "data:video/mp4;base64,AAAAIGZ0eXA=",
        " http://example.org/a.png",
        "",
      })
  void nothingIsFetchedOrReadForAPicture(String address) throws Exception {
    String body = Client.text(ask(message("user", List.of(part("What?"), picture(address)))));
    assertThat(refusal(CHAT, body)).startsWith("messages[0].content[1].image_url.url: expected ");
    Map<String, Object> ollama = Map.of("role", "user", "images", List.of(address));
    assertThat(refusal(OLLAMA, Client.text(ask(ollama))))
        .startsWith("messages[0].images[0]: expected ");
  }

  /** No message of a decoder passes on what it says of classes, and no address of a file. */
  @Test
  void theRefusalOfADamagedPictureHasOurWordsOnly() throws Exception {
    byte[] whole = Files.readAllBytes(Client.scene("scene-001"));
    for (int i = 8; i < whole.length; i += Math.max(1, whole.length / 60)) {
      byte[] changed = whole.clone();
      changed[i] ^= 0x55;
      askAbout(changed);
      askAbout(Arrays.copyOf(whole, i));
    }
    for (String head :
        List.of(
            "474946383961",
            "424d",
            "49492a00",
            "4d4d002a",
            "ffd8ffe0",
            "52494646000000005745425056503820")) {
      byte[] start = HexFormat.of().parseHex(head);
      for (int size : new int[] {start.length, 40, 400}) {
        askAbout(Arrays.copyOf(start, Math.max(size, start.length)));
      }
    }
  }

  private static void askAbout(byte[] file) throws Exception {
    String uri = "data:image/png;base64," + Base64.getEncoder().encodeToString(file);
    Map<String, Object> body = ask(message("user", List.of(picture(uri), part("What?"))));
    HttpRequest request =
        HttpRequest.newBuilder(client.uri(CHAT))
            .POST(BodyPublishers.ofString(Client.text(with(body, "max_tokens", 1))))
            .build();
    HttpResponse<String> reply = client.http().send(request, BodyHandlers.ofString());
    assertThat(reply.statusCode()).as(reply.body()).isIn(200, BAD_REQUEST);
    if (reply.statusCode() == BAD_REQUEST) {
      ErrorWords.requireOurs(reply.body());
    }
  }

  @Test
  void everyHostilePictureOfTheReportsIsRefusedOrAnsweredInTime() throws Exception {
    try (Stream<Path> files = Files.list(TestFiles.shared("reports/hostile"))) {
      for (Path file : files.sorted().toList()) {
        if (!file.toString().endsWith(".json")) {
          askAbout(Files.readAllBytes(file));
        }
      }
    }
  }

  /** Placeholders of pictures in a text are text, and a long one is read in proportion. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|image_pad|>",
        "<|vision_start|><|image_pad|><|vision_end|>",
        "<|im_end|>",
        "<|",
        "a",
        "\\u0301",
        "9",
        " ",
        "\\n",
        "'s",
        "\\ud83d\\ude00",
      })
  void aMillionOfTheSameAreReadInProportion(String piece) throws Exception {
    int times = Math.min(MEGABYTE, 30 * MEGABYTE / piece.length());
    String body = hello("").replace("Hello", piece.repeat(times));
    assertThat(refusal(CHAT, body)).startsWith("prompt: expected at most ");
  }

  @Test
  void tenMegabytesWithoutABlankAreReadInProportion() throws Exception {
    StringBuilder text = new StringBuilder();
    IntStream.range(0, 10 * MEGABYTE)
        .forEach(i -> text.append((char) ('a' + (i * 7L + i / 26) % 26)));
    assertThat(refusal(CHAT, hello("").replace("Hello", text)))
        .startsWith("prompt: expected at most ");
  }

  @Test
  void hundredThousandMessagesAndPartsAreReadInProportion() throws Exception {
    String message = "{\"role\":\"user\",\"content\":\"x\"}";
    String part = "{\"type\":\"text\",\"text\":\"x\"}";
    for (String messages :
        List.of(
            String.join(",", Collections.nCopies(100_000, message)),
            "{\"role\":\"user\",\"content\":["
                + String.join(",", Collections.nCopies(100_000, part))
                + "]}")) {
      assertThat(refusal(CHAT, "{\"messages\":[" + messages + "]}"))
          .startsWith("prompt: expected at most ");
    }
  }

  @Test
  void morePicturesThanAllowedAreCountedBeforeOneIsRead() throws Exception {
    Object broken = picture("data:image/png;base64,AAAA");
    String body = Client.text(ask(message("user", Collections.nCopies(100_000, broken))));
    assertThat(refusal(CHAT, body))
        .isEqualTo(
            "messages[0].content[16].image_url.url: expected at most 16 pictures, found more");
  }

  @Test
  void aRequestInTenThousandPiecesIsRead() throws Exception {
    byte[] body = hello(",\"max_tokens\":1").getBytes(StandardCharsets.UTF_8);
    byte[] padded =
        (" ".repeat(10_000) + new String(body, StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    List<byte[]> pieces =
        IntStream.range(0, padded.length).mapToObj(i -> new byte[] {padded[i]}).toList();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(client.uri(CHAT).toString()))
            .POST(BodyPublishers.ofByteArrays(pieces))
            .build();
    assertThat(client.http().send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }
}
