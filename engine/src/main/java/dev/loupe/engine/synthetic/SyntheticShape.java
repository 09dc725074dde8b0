package dev.loupe.engine.synthetic;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;

/**
 * The sizes of a Qwen2-VL of synthetic weights. What no field says is as published: patches of 14
 * pixels in 2 frames and 3 colours, merged 2 by 2, an MLP of 4 times the width in the vision tower.
 *
 * @param hiddenSize width of the decoder; a multiple of 16 heads' worth, see {@link #headDim}
 * @param intermediateSize width of the decoder's MLP
 * @param layers number of decoder layers
 * @param heads number of query heads; divides {@code hiddenSize}
 * @param kvHeads number of key and value heads; divides {@code heads}
 * @param vocab rows of the embedding; the 14 control tokens need room
 * @param tied whether the head is the embedding
 * @param depth number of vision blocks
 * @param embedDim width of the vision tower
 * @param visionHeads number of its heads; each a multiple of 4 wide
 */
public record SyntheticShape(
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int vocab,
    boolean tied,
    int depth,
    int embedDim,
    int visionHeads) {

  /** How the name of a synthetic model begins. */
  public static final String PREFIX = "synthetic:";

  /** The number of control tokens, from {@code <|endoftext|>} to {@code <|video_pad|>}. */
  static final int CONTROL_TOKENS = 14;

  static final int IN_CHANNELS = 3;
  static final int MLP_RATIO = 4;
  static final int PATCH_SIZE = 14;
  static final int SPATIAL_MERGE_SIZE = 2;
  static final int TEMPORAL_PATCH_SIZE = 2;

  private static final String TIED = "tied";

  /** Qwen2-VL-2B. */
  public static final SyntheticShape QWEN2_VL_2B =
      new SyntheticShape(1536, 8960, 28, 12, 2, 151936, true, 32, 1280, 16);

  /** Qwen2-VL-7B. */
  public static final SyntheticShape QWEN2_VL_7B =
      new SyntheticShape(3584, 18944, 28, 28, 4, 152064, false, 32, 1280, 16);

  /**
   * Checks that the sizes fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public SyntheticShape {
    require(vocab >= CONTROL_TOKENS, "vocab", "at least " + CONTROL_TOKENS, vocab);
    require(hiddenSize >= 1, "hidden", "at least 1", hiddenSize);
    require(intermediateSize >= 1, "intermediate", "at least 1", intermediateSize);
    require(layers >= 1, "layers", "at least 1", layers);
    require(depth >= 1, "depth", "at least 1", depth);
    require(
        heads >= 1 && hiddenSize % (16 * heads) == 0,
        "hidden",
        "a multiple of 16 for each of %d heads (three rotary sections)".formatted(heads),
        hiddenSize);
    require(
        kvHeads >= 1 && heads % kvHeads == 0, "kv_heads", "a divisor of heads " + heads, kvHeads);
    require(
        visionHeads >= 1 && embedDim >= 1 && embedDim % (4 * visionHeads) == 0,
        "embed_dim",
        "a multiple of 4 for each of %d vision_heads (two rotary axes)".formatted(visionHeads),
        embedDim);
  }

  private static void require(boolean holds, String subject, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s: expected %s, found %d".formatted(subject, expected, found));
    }
  }

  /**
   * The shape of a name such as {@code synthetic:2b}, {@code synthetic:7b} or {@code
   * synthetic:2b:layers=2:depth=2}.
   *
   * @throws IllegalArgumentException if the name is not understood; the message lists what is
   *     allowed
   */
  public static SyntheticShape parse(String name) {
    String[] parts = name.split(":", -1);
    if (parts.length < 2 || !name.startsWith(PREFIX)) {
      throw misspelt(name, name);
    }
    SyntheticShape base =
        switch (parts[1]) {
          case "2b" -> QWEN2_VL_2B;
          case "7b" -> QWEN2_VL_7B;
          default -> throw misspelt(name, parts[1]);
        };
    Map<String, Integer> sizes = base.sizes();
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 2; i < parts.length; i++) {
      String[] setting = parts[i].split("=", -1);
      if (setting.length != 2
          || !sizes.containsKey(setting[0])
          || given.put(setting[0], parts[i]) != null) {
        throw misspelt(name, parts[i]);
      }
      sizes.put(setting[0], value(name, parts[i], setting[0], setting[1]));
    }
    try {
      return of(sizes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  private static int value(String name, String part, String key, String text) {
    boolean valid = key.equals(TIED) ? text.matches("true|false") : text.matches("\\d{1,9}");
    if (!valid) {
      throw misspelt(name, part);
    }
    return key.equals(TIED) ? (text.equals("true") ? 1 : 0) : Integer.parseInt(text);
  }

  private static IllegalArgumentException misspelt(String name, String found) {
    StringJoiner keys = new StringJoiner(", ");
    QWEN2_VL_2B.sizes().keySet().forEach(keys::add);
    return new IllegalArgumentException(
        ("%s: expected synthetic:2b or synthetic:7b, each optionally followed by :NAME=VALUE, each "
                + "NAME once, of %s (tied=true|false, the others numbers), found '%s'")
            .formatted(name, keys, found));
  }

  private SequencedMap<String, Integer> sizes() {
    SequencedMap<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("hidden", hiddenSize);
    sizes.put("intermediate", intermediateSize);
    sizes.put("layers", layers);
    sizes.put("heads", heads);
    sizes.put("kv_heads", kvHeads);
    sizes.put("vocab", vocab);
    sizes.put(TIED, tied ? 1 : 0);
    sizes.put("depth", depth);
    sizes.put("embed_dim", embedDim);
    sizes.put("vision_heads", visionHeads);
    return sizes;
  }

  private static SyntheticShape of(Map<String, Integer> sizes) {
    return new SyntheticShape(
        sizes.get("hidden"),
        sizes.get("intermediate"),
        sizes.get("layers"),
        sizes.get("heads"),
        sizes.get("kv_heads"),
        sizes.get("vocab"),
        sizes.get(TIED) == 1,
        sizes.get("depth"),
        sizes.get("embed_dim"),
        sizes.get("vision_heads"));
  }

  /** The width of one decoder head: 128 in all published sizes, a multiple of 16 here. */
  public int headDim() {
    return hiddenSize / heads;
  }
}
