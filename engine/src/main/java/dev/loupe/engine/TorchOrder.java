package dev.loupe.engine;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation.Order;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.VisionConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Whether PyTorch's order of additions is known for a model. In bfloat16, oneDNN cuts products of
 * more than 1,024 terms into blocks whose length depends on the processor: 512 and 1,024 were seen
 * for the same product.
 */
public final class TorchOrder {
  private static final long KNOWN_DEPTH = 1024;

  private TorchOrder() {}

  /**
   * Refuses a profile that cannot repeat PyTorch on this model.
   *
   * @param files of the model, for the message
   * @throws IOException with what {@link #unknown} says
   */
  public static void requireKnown(ModelFiles files, Qwen2VlConfig config, NumericsProfile profile)
      throws IOException {
    Optional<String> unknown = unknown(config, profile);
    if (unknown.isPresent()) {
      throw new IOException(files.name() + ": " + unknown.get());
    }
  }

  /** Why a profile cannot repeat PyTorch on this model; empty if it can, or does not try to. */
  public static Optional<String> unknown(Qwen2VlConfig config, NumericsProfile profile) {
    if (profile.accumulation().order() != Order.TORCH_CPU || profile.compute() != DType.BF16) {
      return Optional.empty();
    }
    long deepest = deepestProduct(config);
    return deepest <= KNOWN_DEPTH
        ? Optional.empty()
        : Optional.of(
            "torch-cpu with bfloat16: expected a model whose products have at most %,d terms, found"
                    .formatted(KNOWN_DEPTH)
                + " one of %,d; PyTorch cuts longer ones as the processor likes best. Use float16,"
                    .formatted(deepest)
                + " or the arithmetic sequential");
  }

  private static long deepestProduct(Qwen2VlConfig config) {
    TextConfig text = config.text();
    VisionConfig vision = config.vision();
    return LongStream.of(
            text.hiddenSize(),
            text.intermediateSize(),
            (long) text.numAttentionHeads() * text.headDim(),
            (long) vision.embedDim() * vision.mlpRatio(),
            (long) vision.embedDim() * vision.mergeUnit())
        .max()
        .orElseThrow();
  }
}
