package dev.loupe.tokenizer;

import static dev.loupe.tokenizer.InMemory.assertRefused;
import static dev.loupe.tokenizer.InMemory.map;
import static dev.loupe.tokenizer.InMemory.model;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of other tokenizers are refused instead of being read as if they were Qwen2's. */
class SupportedPipelineTest {

  private static final String TEMPLATE = "{\"type\":\"TemplateProcessing\",\"single\":";

  private static final String TEXT = "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}";

  private static final String END = "{\"SpecialToken\":{\"id\":\"<end>\",\"type_id\":0}}";

  private static final String UNUSED_PAIR =
      ",\"pair\":[{\"SpecialToken\":{\"id\":\"<end>\",\"type_id\":0}}],\"special_tokens\":{}}";

  /** As the published files have it: empty prefixes, a byte-level post-processor, padding. */
  @Test
  void settingsThatChangeNoIdAreAccepted() throws IOException {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    model(json).put("continuing_subword_prefix", "");
    model(json).put("end_of_word_suffix", "");
    model(json).put("unk_token", "<|endoftext|>");
    model(json).put("dropout", 0.0);
    model(json).put("byte_fallback", false);
    json.put("post_processor", Map.of("type", "ByteLevel", "trim_offsets", false));
    json.put(
        "normalizer", Map.of("type", "Sequence", "normalizers", List.of(json.get("normalizer"))));
    json.put("padding", Map.of("strategy", "BatchLongest"));
    json.put("future", List.of(List.of(1, Map.of())));
    assertThat(Tokenizer.load("published", InMemory.tokenizerJson(json)).encode("ab")).hasSize(1);
  }

  /** What tokenizers 0.23 gives the same ids for as without a post-processor. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
        "{\"type\":\"Sequence\",\"processors\":[]}",
        TEMPLATE + "[" + TEXT + "]" + UNUSED_PAIR,
        "{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"},"
            + (TEMPLATE + "[" + TEXT + "]" + UNUSED_PAIR)
            + "]}"
      })
  void aPostProcessorThatChangesNoIdIsAccepted(String json) throws IOException {
    assertThat(Tokenizer.load("test", withPostProcessor(json)).encode("ab")).hasSize(1);
  }

  /** What tokenizers 0.23 gives other ids for. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          TEMPLATE
              + "[] "
              + UNUSED_PAIR
              + "| nothing\n"
              + (TEMPLATE + "[" + TEXT + "," + TEXT + "]" + UNUSED_PAIR)
              + "| A A\n"
              + (TEMPLATE + "[" + TEXT + "," + END + "]" + UNUSED_PAIR)
              + "| A <end>\n"
              + "{\"type\":\"Sequence\",\"processors\":["
              + (TEMPLATE + "[" + END + "," + TEXT + "]" + UNUSED_PAIR)
              + "]} | <end> A\n"
              + "{\"type\":\"RobertaProcessing\"} | RobertaProcessing\n")
  void aPostProcessorThatChangesIdsIsRefused(String json, String found) {
    assertRefused(withPostProcessor(json), "post_processor", "found " + found + "; Loupe reads");
  }

  private static InMemory withPostProcessor(String json) {
    TreeMap<String, Object> all = InMemory.tokenizerJson("a b");
    all.put("post_processor", "HERE");
    return new InMemory()
        .with("tokenizer.json", InMemory.json(all).replace("\"HERE\"", json.strip()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type                      | WordPiece | model.type: expected BPE, found WordPiece
          dropout                   | 0.1       | model.dropout: expected it unset, found 0.1
          continuing_subword_prefix | ##        | model.continuing_subword_prefix: expected it unset
          end_of_word_suffix        | </w>      | model.end_of_word_suffix: expected it unset
          byte_fallback             | true      | model.byte_fallback: expected it unset, found true
          ignore_merges             | true      | model.ignore_merges: expected it unset, found true
          vocab                     | words     | model.vocab: expected it unset, found words
          """)
  void anotherModelIsRefused(String field, String value, String message) {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    model(json)
        .put(
            field,
            switch (value) {
              case "true" -> true;
              case "0.1" -> 0.1;
              default -> value;
            });
    assertRefused(InMemory.tokenizerJson(json), message, "Loupe reads the tokenizer of Qwen2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          normalizer     | NFKC               | normalizer: expected NFC, found NFKC
          pre_tokenizer  | Whitespace         | pre_tokenizer: expected Split and ByteLevel in a Sequence, found Whitespace
          decoder        | WordPiece          | decoder: expected ByteLevel, found WordPiece
          post_processor | TemplateProcessing | post_processor.single: expected the text alone, found nothing
          """)
  void anotherStepIsRefused(String step, String type, String message) {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    json.put(step, Map.of("type", type));
    assertRefused(InMemory.tokenizerJson(json), "tokenizer.json in test: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"normalizer", "pre_tokenizer", "decoder"})
  void aMissingStepIsRefused(String step) {
    TreeMap<String, Object> absent = InMemory.tokenizerJson("a b");
    absent.remove(step);
    assertRefused(InMemory.tokenizerJson(absent), step + ": expected", "found nothing");
    TreeMap<String, Object> isNull = InMemory.tokenizerJson("a b");
    isNull.put(step, null);
    assertRefused(InMemory.tokenizerJson(isNull), step + ": expected", "found nothing");
  }

  @ParameterizedTest
  @CsvSource({
    "0, type, Digits",
    "0, behavior, Removed",
    "0, invert, true",
    "0, pattern, none",
    "1, type, Metaspace",
    "1, add_prefix_space, true",
    "1, use_regex, true"
  })
  void anotherPreTokenizerIsRefused(int step, String field, String value) {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    List<?> steps = (List<?>) map(json.get("pre_tokenizer")).get("pretokenizers");
    map(steps.get(step))
        .put(
            field,
            switch (value) {
              case "true" -> true;
              case "none" -> Map.of("Regex", "\\s+");
              default -> value;
            });
    assertRefused(InMemory.tokenizerJson(json), "pre_tokenizer", "Loupe reads the tokenizer of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"single_word", "lstrip", "rstrip"})
  void anAddedTokenThatTakesItsSurroundingsInIsRefused(String flag) {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    Map<String, Object> token = InMemory.added(300, "<x>", true, false);
    token.put(flag, true);
    json.put("added_tokens", List.of(token));
    assertRefused(
        InMemory.tokenizerJson(json), "added token 300, " + flag + ": expected false, found true");
  }

  @Test
  void aPrefixSpaceIsRefused() {
    assertRefused(
        InMemory.vocabAndMerges("a b").with("tokenizer_config.json", "{\"add_prefix_space\":true}"),
        "tokenizer_config.json in test: add_prefix_space: expected false, found true");
  }
}
