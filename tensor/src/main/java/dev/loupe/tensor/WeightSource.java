package dev.loupe.tensor;

import java.io.IOException;
import java.util.Set;

/**
 * Where a model's weights come from: tensors by the names of the published checkpoints ({@code
 * visual.blocks.0.attn.qkv.weight}, {@code model.layers.0.mlp.up_proj.weight}).
 *
 * <p>Implementations are safe for use by several threads. The tensors they hand out are views that
 * live as long as the source does.
 */
public interface WeightSource {

  /** All names, in the order of the files that hold them. */
  Set<String> names();

  /**
   * The tensor of this name.
   *
   * @throws IOException if there is none, or it cannot be read; the message says where it was
   *     looked for
   */
  Tensor tensor(String name) throws IOException;

  /** Where a tensor lies, for messages: {@code model-00001-of-00002.safetensors}. */
  String origin(String name);

  /**
   * The tensor of this name, which must be a matrix, vector or array of this shape in F32, BF16 or
   * F16.
   *
   * @throws IOException if it is missing or of another shape or type; the message names the tensor,
   *     what was expected, what was found and in which file
   */
  default Tensor tensor(String name, Shape expected) throws IOException {
    Tensor t = tensor(name);
    if (!t.shape().equals(expected)) {
      throw new IOException(
          "%s: expected %s, found %s in %s".formatted(name, expected, t.shape(), origin(name)));
    }
    switch (t.dtype()) {
      case F32, BF16, F16 -> {
        return t;
      }
      default ->
          throw new IOException(
              "%s: expected F32, BF16 or F16, found %s in %s"
                  .formatted(name, t.dtype(), origin(name)));
    }
  }
}
