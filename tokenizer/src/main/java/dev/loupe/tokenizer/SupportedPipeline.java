package dev.loupe.tokenizer;

import dev.loupe.io.Printable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Refuses a {@code tokenizer.json} that describes another tokenizer than Qwen2's, because reading
 * it anyway would give wrong ids without an error. Truncation and padding are not checked: they are
 * settings of a call, and Loupe neither truncates nor pads.
 */
final class SupportedPipeline {
  private SupportedPipeline() {}

  /**
   * Checks all steps.
   *
   * @param settings the top-level objects by name; an empty object where the file has null
   * @param model the fields of {@code model} other than vocabulary and merges
   */
  static void check(Map<String, Object> settings, Map<String, Object> model, String subject)
      throws IOException {
    expect(subject + ": model.type", "BPE", model.getOrDefault("type", "BPE"));
    expectUnset(model, "dropout", subject);
    expectUnset(model, "continuing_subword_prefix", subject);
    expectUnset(model, "end_of_word_suffix", subject);
    expectUnset(model, "byte_fallback", subject);
    expectUnset(model, "ignore_merges", subject);
    expectUnset(model, "vocab", subject); // read as a tree only where it is no object
    expectUnset(model, "merges", subject);

    Map<?, ?> normalizer = single(settings.get("normalizer"), "normalizers");
    expect(subject + ": normalizer", "NFC", type(normalizer));
    checkPreTokenizer(settings.get("pre_tokenizer"), subject + ": pre_tokenizer");
    Map<?, ?> decoder = single(settings.get("decoder"), "decoders");
    expect(subject + ": decoder", "ByteLevel", type(decoder));
    Map<?, ?> postProcessor = asMap(settings.get("post_processor"));
    if (!postProcessor.isEmpty()) {
      checkPostProcessor(postProcessor, subject + ": post_processor");
    }
  }

  /**
   * A ByteLevel post-processor moves offsets, never ids. A template gives the ids of the text back
   * if that stands in it once and alone; the form for pairs of texts is never used.
   */
  private static void checkPostProcessor(Map<?, ?> step, String subject) throws IOException {
    switch (type(step)) {
      case "ByteLevel" -> {}
      case "Sequence" -> {
        for (Object one : asList(step.get("processors"))) {
          checkPostProcessor(asMap(one), subject);
        }
      }
      case "TemplateProcessing" -> {
        List<?> pieces = asList(step.get("single"));
        boolean alone =
            pieces.size() == 1
                && "A".equals(asMap(asMap(pieces.getFirst()).get("Sequence")).get("id"));
        if (!alone) {
          throw unsupported(subject + ".single", "the text alone", shown(pieces));
        }
      }
      default ->
          throw unsupported(subject, "ByteLevel or a template of the text alone", type(step));
    }
  }

  /** {@code trim_offsets} moves offsets, never ids. */
  private static void checkPreTokenizer(Object preTokenizer, String subject) throws IOException {
    if (!(preTokenizer instanceof Map<?, ?> sequence)
        || !(sequence.get("pretokenizers") instanceof List<?> steps)
        || steps.size() != 2) {
      throw unsupported(subject, "Split and ByteLevel in a Sequence", type(preTokenizer));
    }
    Map<?, ?> split = asMap(steps.get(0));
    expect(subject, "Split", type(split));
    expect(
        subject + ".Split.pattern", PreTokenizer.PATTERN, asMap(split.get("pattern")).get("Regex"));
    expect(subject + ".Split.behavior", "Isolated", split.get("behavior"));
    expect(subject + ".Split.invert", false, split.get("invert"));
    Map<?, ?> byteLevel = asMap(steps.get(1));
    expect(subject, "ByteLevel", type(byteLevel));
    expect(subject + ".ByteLevel.add_prefix_space", false, byteLevel.get("add_prefix_space"));
    expect(subject + ".ByteLevel.use_regex", false, byteLevel.get("use_regex"));
  }

  /** A sequence of one step is that step. */
  private static Map<?, ?> single(Object step, String list) {
    Map<?, ?> map = asMap(step);
    return map.get(list) instanceof List<?> steps && steps.size() == 1
        ? asMap(steps.getFirst())
        : map;
  }

  private static void expectUnset(Map<String, Object> model, String name, String subject)
      throws IOException {
    Object value = model.getOrDefault(name, false);
    boolean unset =
        value.equals(false)
            || value.equals("")
            || value instanceof Map<?, ?> map && map.isEmpty()
            || value instanceof Number number && number.doubleValue() == 0;
    if (!unset) {
      throw unsupported(subject + ": model." + name, "it unset", String.valueOf(value));
    }
  }

  private static void expect(String subject, Object expected, Object found) throws IOException {
    if (!expected.equals(found)) {
      throw unsupported(subject, expected.toString(), found == null ? "nothing" : "" + found);
    }
  }

  private static String type(Object step) {
    return asMap(step).get("type") instanceof String type ? type : "nothing";
  }

  private static List<?> asList(Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static String shown(List<?> pieces) {
    String names =
        pieces.stream()
            .flatMap(piece -> asMap(piece).values().stream())
            .map(piece -> String.valueOf(asMap(piece).get("id")))
            .collect(Collectors.joining(" "));
    return names.isEmpty() ? "nothing" : names;
  }

  private static Map<?, ?> asMap(Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  static IOException unsupported(String subject, String expected, String found) {
    return new IOException(
        Printable.escape(
            subject
                + ": expected "
                + expected
                + ", found "
                + found
                + "; Loupe reads the tokenizer of Qwen2 and Qwen2-VL only"));
  }
}
