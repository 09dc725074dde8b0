package dev.loupe.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {

  private static JsonObject of(String json) {
    return Json.readLine(json);
  }

  private static void assertRefused(String json, Consumer<JsonObject> read, String message) {
    assertThatThrownBy(() -> read.accept(of(json)))
        .isInstanceOf(JsonException.class)
        .hasMessage(message);
  }

  @Test
  void aFieldIsReadByNameAndType() {
    JsonObject json =
        of("{\"s\":\"x\",\"i\":7,\"d\":0.5,\"b\":true,\"o\":{\"k\":\"v\"},\"l\":[\"a\",\"b\"]}");
    assertThat(json.text("s")).contains("x");
    assertThat(json.integer("i")).hasValue(7);
    assertThat(json.number("i")).hasValue(7);
    assertThat(json.number("d")).hasValue(0.5);
    assertThat(json.flag("b", false)).isTrue();
    assertThat(json.object("o").orElseThrow().requiredText("k")).isEqualTo("v");
    assertThat(json.texts("l")).containsExactly("a", "b");
  }

  @Test
  void nullCountsAsAbsent() {
    JsonObject json = of("{\"n\":null}");
    for (String field : List.of("n", "absent")) {
      assertThat(json.has(field)).isFalse();
      assertThat(json.text(field)).isEmpty();
      assertThat(json.integer(field)).isEmpty();
      assertThat(json.wholeNumber(field)).isEmpty();
      assertThat(json.number(field)).isEmpty();
      assertThat(json.flag(field, true)).isTrue();
      assertThat(json.object(field)).isEmpty();
      assertThat(json.numbers(field)).isEmpty();
      assertThat(json.texts(field)).isEmpty();
      assertThat(json.integers(field)).isEmpty();
    }
  }

  @Test
  void aSingleValueCountsAsAListOfOne() {
    JsonObject json = of("{\"t\":\"x\",\"i\":7}");
    assertThat(json.texts("t")).containsExactly("x");
    assertThat(json.integers("i")).containsExactly(7);
  }

  @Test
  void anotherTypeIsRefusedUnderTheFullName() {
    String nested = "{\"messages\":[{\"content\":[{\"text\":7}]}]}";
    assertRefused(
        nested,
        json ->
            json.requiredObjects("messages")
                .getFirst()
                .requiredObjects("content")
                .getFirst()
                .text("text"),
        "messages[0].content[0].text: expected a string, found 7");
    assertRefused("{\"f\":\"x\"}", o -> o.number("f"), "f: expected a number, found \"x\"");
    assertRefused("{\"f\":1}", o -> o.flag("f", true), "f: expected true or false, found 1");
    assertRefused("{\"f\":[]}", o -> o.object("f"), "f: expected an object, found a list");
    assertRefused(
        "{\"f\":{}}", o -> o.texts("f"), "f: expected a list of strings, found an object");
    assertRefused(
        "{\"f\":[1,null]}", o -> o.integers("f"), "f[1]: expected an integer, found null");
    assertRefused("{}", o -> o.requiredInteger("f"), "f: expected an integer, found nothing");
    assertRefused(
        "{}", o -> o.requiredObjects("f"), "f: expected a list of objects, found nothing");
  }

  @Test
  void aWholeNumberMayBeWrittenWithAFraction() {
    assertThat(of("{\"f\":50176.0}").integer("f")).hasValue(50176);
    assertThat(of("{\"f\":50176.0}").wholeNumber("f")).hasValue(50176);
    assertRefused("{\"f\":2.5}", o -> o.integer("f"), "f: expected an integer, found 2.5");
    assertRefused("{\"f\":2.5}", o -> o.wholeNumber("f"), "f: expected an integer, found 2.5");
  }

  @Test
  void anIntegerHas32BitsAndAWholeNumberTheLower64() {
    assertRefused(
        "{\"f\":4294967310}",
        o -> o.integer("f"),
        "f: expected an integer of 32 bits, found 4294967310");
    assertThat(of("{\"f\":4294967310}").wholeNumber("f")).hasValue(4294967310L);
    assertThat(of("{\"f\":18446744073709551617}").wholeNumber("f")).hasValue(1);
  }

  @Test
  void aLongValueIsShownByItsBeginning() {
    assertThat(of("{\"f\":\"" + "x".repeat(100) + "\"}").wrong("f", "less"))
        .hasMessage("f: expected less, found \"" + "x".repeat(40) + "...\"");
  }

  @Test
  void aRemedyEndsTheMessage() {
    assertThat(of("{\"f\":true}").wrong("f", "false", "remove it"))
        .hasMessage("f: expected false, found true; remove it");
  }

  @Test
  void aTextThatIsNoObjectIsRefusedWithThePlaceOfTheMistake() {
    assertThatThrownBy(() -> of("{\"a\":}"))
        .hasMessageStartingWith("expected a JSON object, found a mistake at column 6: ");
    assertThatThrownBy(() -> Json.read("{\n\"a\":}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageStartingWith("expected a JSON object, found a mistake at line 2, column 5: ");
    assertThatThrownBy(() -> of("[]")).hasMessage("expected a JSON object, found a list");
    assertThatThrownBy(() -> of("null")).hasMessage("expected a JSON object, found null");
    assertThatThrownBy(() -> of(" ")).hasMessage("expected a JSON object, found nothing");
  }

  @Test
  void textAfterTheObjectIsRefusedAndBlanksAreNot() {
    for (String more : List.of("x", "{}", "null", ",", "\"")) {
      byte[] utf8 = ("{\"a\":1} \n" + more).getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> Json.read(utf8))
          .as(more)
          .isInstanceOf(JsonException.class)
          .hasMessageStartingWith("expected a JSON object, found ");
    }
    assertThatThrownBy(() -> of("{} {}"))
        .hasMessage("expected a JSON object, found more text after its end");
    assertThat(Json.read("{\"a\":1} \r\n\t".getBytes(StandardCharsets.UTF_8)).has("a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", " null ", "7", "\"\"", "[]", "[null]", "true"})
  void aFileThatIsNoObjectIsRefusedAsSuch(String text) {
    assertThatThrownBy(() -> Json.read(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith("expected a JSON object, found ");
  }

  /** An exceeded limit of the parser has no place in the text. */
  @Test
  void whatIsBeyondTheLimitsOfTheParserIsRefusedAndNeverFailsOtherwise() {
    String deep = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);
    String longNumber = "{\"a\":" + "1".repeat(100_000) + "}";
    String longFraction = "{\"a\":0." + "1".repeat(100_000) + "}";
    String longName = "{\"" + "a".repeat(1_000_000) + "\":1}";
    for (String text : List.of(deep, longNumber, longFraction, longName)) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> Json.read(utf8))
          .isInstanceOf(JsonException.class)
          .hasMessageStartingWith("expected a JSON object, found a mistake: ")
          .hasMessageNotContainingAny("`", "StreamRead", "from")
          .hasMessageMatching(".*maximum allowed, \\d+");
      assertThatThrownBy(() -> of(text)).isInstanceOf(JsonException.class);
    }
  }

  @Test
  void aNumberThatNoDoubleHoldsIsRefused() {
    for (String number : List.of("1e999", "-1e999", "1" + "0".repeat(400))) {
      assertThatThrownBy(() -> of("{\"f\":" + number + "}").number("f"))
          .isInstanceOf(JsonException.class)
          .hasMessageStartingWith("f: expected a number of magnitude below 1.8e308, found ");
      assertThatThrownBy(() -> of("{\"f\":" + number + "}").integer("f"))
          .isInstanceOf(JsonException.class);
    }
  }

  @Test
  void whatATextHoldsIsPrintableInMessages() {
    assertThatThrownBy(() -> of("{\"f\":\"\\u001b[2J\\n\\u202e\"}").number("f"))
        .hasMessage("f: expected a number, found \"\\u001b[2J\\u000a\\u202e\"");
    assertThatThrownBy(() -> of("{\"\\u001b\":1,\"\\u001b\":1}"))
        .hasMessageContaining("\\u001b")
        .hasMessageNotContaining("\u001b");
  }

  @Test
  void aNameThatStandsTwiceIsRefused() {
    assertThatThrownBy(() -> of("{\"n\":1,\"n\":2}")).hasMessageContaining("Duplicate");
  }

  @Test
  void aStrangersTextHasLimits() {
    String longText = "{\"n\":\"" + "x".repeat(200) + "\"}";
    String deep = "{\"n\":" + "[".repeat(100) + "]".repeat(100) + "}";
    for (String json : List.of(longText, deep)) {
      byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
      assertThat(Json.read(utf8).has("n")).isTrue();
      assertThatThrownBy(() -> Json.read(utf8, 100)).isInstanceOf(JsonException.class);
    }
  }

  @Test
  void anObjectIsWrittenInItsOrderWithItsNulls() {
    assertThat(Json.write(Json.object("z", 1, "a", null, "m", List.of("x"))))
        .isEqualTo("{\"z\":1,\"a\":null,\"m\":[\"x\"]}");
  }
}
