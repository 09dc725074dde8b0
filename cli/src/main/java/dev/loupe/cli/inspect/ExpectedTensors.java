package dev.loupe.cli.inspect;

import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.engine.text.TextConfig;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.vision.VisionConfig;
import dev.loupe.weights.synthetic.SyntheticShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares the tensors of a model with those that its configuration calls for. */
final class ExpectedTensors {

  /** The types that a weight may have. */
  static final Set<DType> READABLE = Set.of(DType.F32, DType.BF16, DType.F16);

  /** More would be the same mistake again, in the next layer. */
  private static final int MOST_SHOWN = 5;

  private ExpectedTensors() {}

  /** What is wrong, one line each, the first few. */
  static List<String> problems(Qwen2VlConfig config, Map<String, TensorGroups.Entry> found) {
    List<String> problems = new ArrayList<>();
    of(config)
        .forEach((name, shape) -> {
          TensorGroups.Entry entry = found.get(name);
          if (entry == null) {
            problems.add(
                "%s: expected %s, found none among %d tensors"
                    .formatted(name, shape, found.size()));
          } else if (!entry.shape().equals(shape)) {
            problems.add(
                "%s: expected %s, found %s in %s"
                    .formatted(name, shape, entry.shape(), entry.origin()));
          } else if (!READABLE.contains(entry.dtype())) {
            problems.add(
                "%s: expected F32, BF16 or F16, found %s in %s"
                    .formatted(name, entry.dtype(), entry.origin()));
          }
        });
    if (problems.size() <= MOST_SHOWN) {
      return problems;
    }
    List<String> first = new ArrayList<>(problems.subList(0, MOST_SHOWN));
    first.add(
        "%d more tensors are not as config.json calls for".formatted(problems.size() - MOST_SHOWN));
    return first;
  }

  /**
   * Names and shapes by the configuration. {@link SyntheticShape} has the list; it is empty for
   * sizes that no synthetic model can have, which then are only checked when the model is loaded.
   */
  private static Map<String, Shape> of(Qwen2VlConfig config) {
    TextConfig text = config.text();
    VisionConfig vision = config.vision();
    try {
      SyntheticShape shape =
          new SyntheticShape(
              text.hiddenSize(),
              text.intermediateSize(),
              text.numHiddenLayers(),
              text.numAttentionHeads(),
              text.numKeyValueHeads(),
              text.vocabSize(),
              text.tieWordEmbeddings(),
              vision.depth(),
              vision.embedDim(),
              vision.numHeads());
      Map<String, Shape> tensors = shape.tensors();
      Shape patch = tensors.get("visual.patch_embed.proj.weight");
      boolean samePatches = patch.elements() == (long) vision.embedDim() * vision.patchValues();
      boolean sameMlp = vision.mlpRatio() == 4 && vision.mergeUnit() == 4;
      return samePatches && sameMlp ? tensors : Map.of();
    } catch (IllegalArgumentException e) {
      return Map.of();
    }
  }
}
