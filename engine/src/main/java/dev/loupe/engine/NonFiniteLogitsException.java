package dev.loupe.engine;

/**
 * The scores of the next token are not finite. Without this check greedy decoding prints token 0 at
 * every step, which Qwen2's tokenizer shows as {@code !!!!}.
 */
public final class NonFiniteLogitsException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final int token;

  NonFiniteLogitsException(int token, int nonFinite, int vocabulary, String profile) {
    super(
        ("token %d of the answer: expected %d finite scores, found %d that are inf or nan (%s); "
                + "'loupe diagnose' shows where it starts, float32, bfloat16 or sdpa attention "
                + "usually cure it")
            .formatted(token, vocabulary, nonFinite, profile));
    this.token = token;
  }

  /** Which token of the answer could not be chosen, counted from 0. */
  public int token() {
    return token;
  }
}
