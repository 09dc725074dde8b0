package dev.loupe.tensor;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Where a model's weights come from: tensors by the names of the published checkpoints ({@code
 * visual.blocks.0.attn.qkv.weight}, {@code model.layers.0.mlp.up_proj.weight}).
 *
 * <p>Implementations are safe for use by several threads. The tensors they hand out are views that
 * live as long as the source does, or until they are {@linkplain #release released}.
 */
public interface WeightSource {

  /** The types that a weight may be stored in. */
  Set<DType> STORED_TYPES = Set.of(DType.F32, DType.BF16, DType.F16);

  /**
   * Why a stored tensor cannot be a weight of this shape, as a message; empty if it can.
   *
   * @param origin where it lies
   */
  static Optional<String> mismatch(
      String name, Shape expected, Shape found, DType dtype, String origin) {
    if (!found.equals(expected)) {
      return Optional.of(
          "%s: expected %s, found %s in %s".formatted(name, expected, found, origin));
    }
    return STORED_TYPES.contains(dtype)
        ? Optional.empty()
        : Optional.of(
            "%s: expected F32, BF16 or F16, found %s in %s".formatted(name, dtype, origin));
  }

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
    require(name, expected, t.shape(), t.dtype());
    return t;
  }

  /**
   * The matrix of this name as the integers that it is stored in, if it is, and panels can hold
   * them. {@link #tensor} has the same numbers in float32.
   *
   * @throws IOException if it is of another shape, or a tensor that tells cannot be read
   */
  default Optional<StoredIntegers> integers(String name, Shape expected) throws IOException {
    return Optional.empty();
  }

  /**
   * How the linear layer of this name is meant; that of {@code torch.nn.Linear} unless the source
   * says otherwise.
   *
   * @param layer {@code model.layers.0.mlp.up_proj}
   * @throws IOException if a tensor that tells cannot be read
   */
  default LinearLayout layout(String layer) throws IOException {
    return LinearLayout.PLAIN;
  }

  /**
   * The tensor of this name as an earlier load packed it for the same compute type, if this source
   * has kept it; the stored tensor is then not touched.
   */
  default Optional<PackedTensor> packed(String name) {
    return Optional.empty();
  }

  /**
   * As {@link #packed(String)}, where the stored tensor must be of this shape.
   *
   * @throws IOException as {@link #tensor(String, Shape)}
   */
  default Optional<PackedTensor> packed(String name, Shape expected) throws IOException {
    Optional<PackedTensor> packed = packed(name);
    if (packed.isPresent()) {
      require(name, expected, packed.get().shape(), packed.get().stored());
    }
    return packed;
  }

  /**
   * Offers a tensor that was just packed, for {@link #packed} in a later load. The source copies
   * it, at the latest before it is closed, or does nothing. This never fails.
   */
  default void keep(String name, PackedTensor packed) {}

  /**
   * Says that the views of this tensor are no longer read. A source that has made the tensor may
   * free it; it makes it again for the next call that asks for it.
   */
  default void release(String name) {}

  private void require(String name, Shape expected, Shape found, DType dtype) throws IOException {
    Optional<String> mismatch = mismatch(name, expected, found, dtype, origin(name));
    if (mismatch.isPresent()) {
      throw new IOException(mismatch.get());
    }
  }
}
