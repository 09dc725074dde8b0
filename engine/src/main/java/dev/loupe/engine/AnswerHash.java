package dev.loupe.engine;

import dev.loupe.io.Sha256;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * One hash over what an answer about a picture was made of, and the answer. Two rows with the same
 * hash are the same work with the same result.
 *
 * <p>It covers the model ({@link ModelHash}), the arithmetic, the options (limits on the picture's
 * size among them), the bytes of the picture's file, the prompt, and the tokens and the end of the
 * answer. It does not cover the scores that the tokens were chosen from, nor Loupe's version, and
 * it proves nothing to who does not trust the one that computed it.
 *
 * @param settings the SHA-256 of model, arithmetic and options in 64 digits: what is the same for
 *     all pictures of a run
 */
public record AnswerHash(String settings) {

  /**
   * The hash of answers with these settings.
   *
   * @param model what {@link ModelHash} says
   */
  public static AnswerHash of(String model, NumericsProfile profile, GenerationOptions options) {
    return new AnswerHash(hash("settings", model, profile.toString(), options.toString()));
  }

  /**
   * The hash of an answer in 64 digits.
   *
   * @param picture the SHA-256 of the picture's file
   * @param prompt the question
   */
  public String of(String picture, String prompt, Generation answer) {
    String tokens = answer.tokens().stream().map(String::valueOf).collect(Collectors.joining(" "));
    return hash(
        "answer",
        settings,
        picture,
        Sha256.hex(prompt.getBytes(StandardCharsets.UTF_8)),
        tokens,
        answer.finishReason().toString());
  }

  /** Each part is on a line of its own; only the last of {@code settings} could hold breaks. */
  private static String hash(String... lines) {
    return Sha256.hex(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }
}
