package dev.loupe.tensor.numerics;

import java.util.OptionalInt;

/**
 * A module of a model.
 *
 * @param part the part that it belongs to
 * @param layer the layer of the part, counted from 0; empty outside the layers
 * @param name the checkpoint's: {@code model.layers.3.self_attn}
 */
public record ModuleId(Part part, OptionalInt layer, String name) {

  /** A module outside the layers. */
  public static ModuleId of(Part part, String name) {
    return new ModuleId(part, OptionalInt.empty(), name);
  }

  /**
   * Element {@code layer} of this list of layers: {@code model.layers} to {@code model.layers.3}.
   */
  public ModuleId layer(int layer) {
    return new ModuleId(part, OptionalInt.of(layer), name + "." + layer);
  }

  /** A module within this one. */
  public ModuleId child(String child) {
    return new ModuleId(part, layer, name + "." + child);
  }

  /** The operation that gives the module's result. */
  public OperationId output() {
    return step(Step.OUTPUT);
  }

  /** An operation within the module. */
  public OperationId step(Step step) {
    return new OperationId(this, step);
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
