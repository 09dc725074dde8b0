package dev.loupe.weights;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightSource;
import java.io.IOException;
import java.util.Optional;

/** The weights of one model, open until {@link #close}, which ends all its tensors. */
public interface ModelWeights extends WeightSource, AutoCloseable {

  /**
   * Type, shape and file of the tensor of this name; its numbers are neither read nor made.
   *
   * @throws IOException if there is none; the message says where it was looked for
   */
  StoredTensor stored(String name) throws IOException;

  /** The bytes of all tensors together. */
  long byteSize();

  /**
   * A text that changes whenever a tensor has another name, type, shape or bit. The names of packed
   * weights on disk follow from it. Empty for weights that should not be kept.
   *
   * @param content knows or finds out what files contain
   * @throws IOException if a file cannot be read
   */
  default Optional<String> identity(FileContent content) throws IOException {
    return Optional.empty();
  }

  /**
   * Checks that the tensors read so far are those that {@link #identity} was made of.
   *
   * @throws IOException if a file was changed or replaced since it was opened
   */
  default void requireUnchanged() throws IOException {}

  /** The type of all tensors, if they are of one type and that is known without making them. */
  default Optional<DType> dtype() {
    return Optional.empty();
  }

  /** Frees the memory. A second call does nothing. */
  @Override
  void close();
}
