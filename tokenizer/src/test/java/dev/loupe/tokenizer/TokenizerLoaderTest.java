package dev.loupe.tokenizer;

import static dev.loupe.tokenizer.InMemory.assertRefused;
import static dev.loupe.tokenizer.InMemory.model;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.NamedPipe;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerLoaderTest {
  @Test
  void aFolderIsReadFromDisk(@TempDir Path folder) throws IOException {
    try (InputStream json =
        TokenizerCases.captioner("tokenizer.json").open("tokenizer.json").orElseThrow()) {
      Files.copy(json, folder.resolve("tokenizer.json"));
    }
    assertThat(Tokenizer.load(folder).size()).isEqualTo(457);
  }

  @Test
  void aFolderWithoutFilesIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder
                + ": expected tokenizer.json, or vocab.json and merges.txt, found none of them;"
                + " put the tokenizer files of the checkpoint there");
    assertThatThrownBy(() -> Tokenizer.load(folder.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing: expected tokenizer.json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vocab.json", "merges.txt"})
  void halfOfThePairIsRefused(String only) {
    assertRefused(TokenizerCases.captioner(only), "found only " + only);
  }

  @Test
  void bothFormsOfMergesAreRead() throws IOException {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b", "ab c");
    Tokenizer strings = Tokenizer.load("strings", InMemory.tokenizerJson(json));
    model(json).put("merges", List.of(List.of("a", "b"), List.of("ab", "c")));
    Tokenizer arrays = Tokenizer.load("arrays", InMemory.tokenizerJson(json));
    assertThat(arrays.encode("abcab")).hasSize(2).containsExactly(strings.encode("abcab"));
  }

  @Test
  void mergesBeforeTheVocabularyAreRead() throws IOException {
    String text = InMemory.json(InMemory.tokenizerJson("a b"));
    assertThat(text.indexOf("\"merges\"")).isPositive().isLessThan(text.indexOf("\"vocab\""));
    Tokenizer tokenizer = Tokenizer.load("order", new InMemory().with("tokenizer.json", text));
    assertThat(tokenizer.encode("ab")).hasSize(1);
  }

  @Test
  void tokensOfTheConfigurationJoinThoseOfTheTokenizer() throws IOException {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    json.put(
        "added_tokens",
        List.of(
            InMemory.added(257, "<one>", true, false), InMemory.added(258, "<two>", true, false)));
    Map<String, Object> two = new TreeMap<>(Map.of("content", "<two>", "special", false));
    Map<String, Object> three = new TreeMap<>(Map.of("content", "<three>", "special", true));
    Map<String, Object> byId = new TreeMap<>(Map.of("258", two, "259", three));
    Tokenizer tokenizer =
        Tokenizer.load(
            "joined",
            InMemory.tokenizerJson(json)
                .with(
                    "tokenizer_config.json", InMemory.json(Map.of("added_tokens_decoder", byId))));
    assertThat(tokenizer.addedTokens())
        .containsExactly(
            AddedToken.control(257, "<one>"),
            new AddedToken(258, "<two>", false, true),
            AddedToken.control(259, "<three>"));
  }

  @Test
  void aControlTokenThatTheVocabularyHasKeepsItsId() throws IOException {
    TreeMap<String, Integer> vocabulary = TokenizerCases.bytesAnd("<|im_end|>");
    Tokenizer tokenizer =
        Tokenizer.load(
            "known",
            new InMemory().with("vocab.json", InMemory.json(vocabulary)).with("merges.txt", ""));
    assertThat(tokenizer.controlToken("<|im_end|>")).isEqualTo(256);
    assertThat(tokenizer.controlToken("<|endoftext|>")).isEqualTo(257);
    assertThat(tokenizer.controlToken("<|object_ref_start|>")).isEqualTo(259);
    assertThat(tokenizer.size()).isEqualTo(270);
  }

  @Test
  void twoTokensOfOneIdAreRefused() {
    TreeMap<String, Integer> vocabulary = TokenizerCases.bytesAnd("ab");
    vocabulary.put("cd", 256);
    assertRefused(
        new InMemory().with("vocab.json", InMemory.json(vocabulary)).with("merges.txt", ""),
        "test: id 256: expected one token, found \"");
  }

  @Test
  void anAddedTokenWithTheIdOfAnotherTokenIsRefused() {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    json.put("added_tokens", List.of(InMemory.added(256, "<x>", true, false)));
    assertRefused(
        InMemory.tokenizerJson(json),
        "id 256: expected one token, found \"ab\" and the added token \"<x>\"");
    json.put(
        "added_tokens",
        List.of(InMemory.added(300, "<x>", true, false), InMemory.added(300, "<y>", true, false)));
    assertRefused(
        InMemory.tokenizerJson(json),
        "id 300: expected one token, found \"<x>\" and the added token \"<y>\"");
  }

  @Test
  void anAddedTokenWithTwoIdsIsRefused() {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    json.put("added_tokens", List.of(InMemory.added(300, "ab", false, false)));
    assertRefused(
        InMemory.tokenizerJson(json), "added token \"ab\": expected one id, found 256 and 300");
    json.put(
        "added_tokens",
        List.of(InMemory.added(300, "<x>", true, false), InMemory.added(301, "<x>", true, false)));
    assertRefused(
        InMemory.tokenizerJson(json), "added token \"<x>\": expected one id, found 300 and 301");
  }

  @Test
  void aMissingByteIsRefused() {
    TreeMap<String, Integer> vocabulary = TokenizerCases.bytesAnd();
    vocabulary.remove("Ġ");
    assertRefused(
        new InMemory().with("vocab.json", InMemory.json(vocabulary)).with("merges.txt", ""),
        "vocab.json in test: byte 32: expected the token \"Ġ\" in the vocabulary");
  }

  @Test
  void aMergeIntoNothingIsRefused() {
    assertRefused(
        new InMemory()
            .with("vocab.json", InMemory.json(TokenizerCases.bytesAnd()))
            .with("merges.txt", "a b\n"),
        "merge 0: expected the token \"ab\" in the vocabulary, found no such token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ab", "a b c", " ab", "ab ", ""})
  void aLineThatIsNoMergeIsRefused(String line) {
    assertRefused(
        InMemory.vocabAndMerges("a b")
            .with("merges.txt", "#version: 0.2\na b\n" + line + "\nb c\n"),
        "merges.txt in test: line 3: expected two tokens and one space between them, found \""
            + line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [1]                                | the file: expected an object
          {"model": []}                      | model: expected an object
          {"model": {"vocab": {"a": "b"}}}   | token "a": expected an id, found b
          {"model": {"vocab": {"a": -1}}}    | token "a": expected an id of 0 to 16777215, found -1
          {"model": {"vocab": {"a": 1, "a": 2}}} | token "a": expected one id, found two
          {"model": {"vocab": {"a": 9999999999}}} | expected JSON
          {"model": {"merges": [["a"]]}}     | merge 0: expected two tokens
          {"model": {"merges": [["a", "b", "c"]]}} | merge 0: expected two tokens
          {"model": {"merges": [1]}}         | merge 0: expected two tokens
          {"model": {"merges": ["ab"]}}      | merge 0: expected two tokens and one space
          {"model":                          | expected JSON
          nonsense                           | expected JSON
          ``                                 | the file: expected an object, found the end of the file
          """)
  void aMalformedFileIsRefused(String json, String message) {
    assertRefused(
        new InMemory().with("tokenizer.json", json),
        "tokenizer.json in test: " + message,
        "; fetch the tokenizer files of the checkpoint again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "{}", "{\"id\": 1}", "{\"id\": -1, \"content\": \"x\"}"})
  void aMalformedAddedTokenIsRefused(String token) {
    String json = InMemory.json(InMemory.tokenizerJson("a b"));
    assertRefused(
        new InMemory()
            .with("tokenizer.json", "{\"added_tokens\": [" + token + "]," + json.substring(1)),
        "tokenizer.json in test: added token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{\"added_tokens_decoder\": {\"x\": {}}}"})
  void aMalformedConfigurationIsRefused(String json) {
    assertRefused(
        InMemory.vocabAndMerges("a b").with("tokenizer_config.json", json),
        "tokenizer_config.json in test");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "vocab.json", "tokenizer_config.json"})
  void whatIsBeyondTheLimitsOfTheParserIsRefused(String file) {
    String deep = "{\"model\":" + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_001);
    String longNumber = "{\"model\":{\"a\":" + "1".repeat(100_000) + "}}";
    String longName = "{\"" + "a".repeat(1_000_000) + "\":1}";
    for (String json : List.of(deep, longNumber, longName)) {
      assertRefused(
          InMemory.vocabAndMerges("a b").with(file, json), file + " in test: ", "expected");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "", " ", "7", "[]", "{} x", "{}{}", "{} null"})
  void aFileThatIsNoObjectAloneIsRefused(String json) {
    for (String file : List.of("tokenizer.json", "vocab.json", "tokenizer_config.json")) {
      assertRefused(InMemory.vocabAndMerges("a b").with(file, json), file + " in test");
    }
  }

  @Test
  void aPartThatStandsTwiceIsRefused() {
    String json = InMemory.json(InMemory.tokenizerJson("a b"));
    for (String part : List.of("model", "normalizer", "decoder")) {
      String twice = json.replaceFirst("\\{", "{\"" + part + "\":null,").replace(":null,", ":{},");
      assertRefused(new InMemory().with("tokenizer.json", twice), part + ": expected it once");
    }
  }

  @Test
  void nullInPlaceOfAPartIsRefusedOrTheSameAsNothing() throws IOException {
    String json = InMemory.json(InMemory.tokenizerJson("a b"));
    String nulls = "{\"added_tokens\":null,\"post_processor\":null,\"padding\":null,";
    InMemory harmless = new InMemory().with("tokenizer.json", json.replaceFirst("\\{", nulls));
    assertThat(Tokenizer.load("test", harmless).encode("ab")).hasSize(1);
    for (String part : List.of("model", "vocab", "merges", "normalizer", "pre_tokenizer")) {
      TreeMap<String, Object> changed = InMemory.tokenizerJson("a b");
      (changed.containsKey(part) ? changed : model(changed)).put(part, null);
      assertRefused(InMemory.tokenizerJson(changed), "expected");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"16777216", "2147483647", "2147483648", "-1"})
  void anIdThatNoModelHasIsRefused(String id) {
    String vocab = "{\"a\":" + id + "}";
    assertRefused(InMemory.vocabAndMerges("a b").with("vocab.json", vocab), "vocab.json in test");
    String added = "{\"added_tokens_decoder\":{\"" + id + "\":{\"content\":\"<x>\"}}}";
    assertRefused(
        InMemory.vocabAndMerges("a b").with("tokenizer_config.json", added),
        "tokenizer_config.json in test");
  }

  /** A merge always makes a longer token, so it cannot go on for ever. */
  @Test
  @Timeout(60) // It takes no time.
  void mergesThatLeadInACircleEnd() throws IOException {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b", "ab a", "aba b", "ab ab");
    model(json)
        .put(
            "merges",
            List.of(
                List.of("a", "b"), List.of("ab", "a"), List.of("aba", "b"), List.of("ab", "ab")));
    Tokenizer tokenizer = Tokenizer.load("test", InMemory.tokenizerJson(json));
    String text = "ab".repeat(10_000);
    assertThat(tokenizer.decode(tokenizer.encode(text), false)).isEqualTo(text);
  }

  @Test
  void textOfTheFilesIsPrintableInMessages() {
    assertRefused(
        InMemory.vocabAndMerges("a b").with("vocab.json", "{\"\\u001b[2J\\n\\u202e\":-1}"),
        "token \"\\u001b[2J\\u000a\\u202e\": expected an id of 0 to 16777215, found -1");
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeInThePlaceOfAFileIsRefused(@TempDir Path folder) throws Exception {
    NamedPipe.create(folder.resolve("tokenizer.json"));
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a regular file, found a pipe or device");
  }

  @Test
  void everyTruncationOfAFileIsRefused() throws IOException {
    byte[] whole;
    try (InputStream in =
        TokenizerCases.captioner("tokenizer.json").open("tokenizer.json").orElseThrow()) {
      whole = in.readAllBytes();
    }
    int end = new String(whole, UTF_8).stripTrailing().length();
    assertThat(end).isGreaterThan(10_000);
    for (int length = 0; length < end; length += 97) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() ->
              Tokenizer.load(
                  "test",
                  name ->
                      name.equals("tokenizer.json")
                          ? Optional.of(new ByteArrayInputStream(part))
                          : Optional.empty()))
          .as("%d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anErrorOfTheDiskStaysWhatItIs() {
    IOException broken = new IOException("disk");
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw broken;
          }
        };
    assertThatThrownBy(() -> Tokenizer.load("test", _ -> Optional.of(failing))).isSameAs(broken);
  }

  @Test
  void everyStreamIsClosed() throws IOException {
    List<String> open = new ArrayList<>();
    TokenizerFiles files =
        TokenizerCases.captioner("vocab.json", "merges.txt", "tokenizer_config.json");
    Tokenizer.load(
        "test",
        name ->
            files
                .open(name)
                .map(in -> {
                  open.add(name);
                  return closing(in, () -> open.remove(name));
                }));
    assertThat(open).isEmpty();
  }

  private static InputStream closing(InputStream in, Runnable onClose) {
    return new FilterInputStream(in) {
      @Override
      public void close() throws IOException {
        super.close();
        onClose.run();
      }
    };
  }
}
