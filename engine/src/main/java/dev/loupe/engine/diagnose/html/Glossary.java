package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.page.Markup;
import java.util.Map;
import java.util.TreeMap;

/** The words of the page. */
final class Glossary {

  private static final Map<String, String> WORDS =
      sorted(
          Map.ofEntries(
              Map.entry(
                  "float16",
                  "5 bits of exponent, 11 of precision. The largest number is 65504; from 65520 on"
                      + " rounding gives infinity. The smallest normal number is 2^-14, the smallest"
                      + " of all 2^-24."),
              Map.entry(
                  "bfloat16",
                  "8 bits of exponent, as float32, and 8 of precision. It ends at 3.4e38."),
              Map.entry(
                  "score",
                  "the product of a query and a key, before it is divided by the root of the head's"
                      + " size and before the mask is added."),
              Map.entry("head", "a part of attention that compares queries and keys by itself."),
              Map.entry(
                  "query, key",
                  "numbers that a token has in each head. Its query is compared with the keys of all"
                      + " tokens up to itself."),
              Map.entry(
                  "mask",
                  "what hides the keys of later tokens: a large negative number that is added to the"
                      + " scores. It does not hide infinity."),
              Map.entry("overflow", "a result past the range of its type, which becomes infinity."),
              Map.entry(
                  "absorbed overflow",
                  "an infinity that a later step turned into a finite number, such as the weight 0,"
                      + " so that nothing failed."),
              Map.entry(
                  "margin",
                  "how far a score is from 65520, as a share of it: 0 is the edge, -0.5 half of it,"
                      + " above 0 an overflow."),
              Map.entry(
                  "NaN",
                  "not a number: what infinity minus infinity gives. Every sum that meets it is NaN."),
              Map.entry(
                  "eager, sdpa",
                  "two kinds of attention. In eager the scores are rounded to the type of the model,"
                      + " in sdpa they stay float32."),
              Map.entry(
                  "accumulator",
                  "where the products of a sum are added up: float32, or float16 on some GPUs."),
              Map.entry(
                  "patch",
                  "14 x 14 pixels. Neighbours, as a rule 2 x 2, become one token of the decoder."),
              Map.entry("logits", "the model's last numbers, from which a token is drawn."),
              Map.entry(
                  "pass",
                  "a run of the model: 0 is over the prompt, n over token n of the answer."),
              Map.entry("remedy", "what people do against the overflow.")));

  private Glossary() {}

  private static Map<String, String> sorted(Map<String, String> words) {
    Map<String, String> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    sorted.putAll(words);
    return sorted;
  }

  /** Writes it. */
  static void write(Markup out) {
    out.open("section").element("h2", "Glossary").open("dl");
    WORDS.forEach((word, meaning) -> out.element("dt", word).element("dd", meaning));
    out.close("dl").close("section");
  }
}
