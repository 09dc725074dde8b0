package dev.loupe.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** How much of a picture the model sees, and so how long it looks: named limits on the area. */
public enum Detail {
  /** 256 tokens: 448 x 448 pixels. */
  LOW(256),
  /** 512 tokens, about 634 x 634 pixels. */
  MEDIUM(512),
  /** 1024 tokens, 896 x 896 pixels: what many pictures get if nobody sets a limit. */
  HIGH(PictureLimit.SAFE_TOKENS),
  /** As large as the model and the other options allow. */
  FULL(0);

  /** What becomes one token of every Qwen2-VL: two by two patches of 14 x 14. */
  static final int TOKEN_PIXELS = 28 * 28;

  private final int tokens;

  Detail(int tokens) {
    this.tokens = tokens;
  }

  /** The level of this name, in lower case. */
  public static Optional<Detail> named(String name) {
    return Arrays.stream(values())
        .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }

  /** The limit on the area, in pixels; empty for {@link #FULL}. */
  public OptionalInt maxPixels() {
    return tokens == 0 ? OptionalInt.empty() : OptionalInt.of(tokens * TOKEN_PIXELS);
  }
}
