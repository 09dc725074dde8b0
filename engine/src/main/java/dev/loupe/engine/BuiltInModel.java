package dev.loupe.engine;

import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelResources;
import java.util.Optional;

/**
 * The captioner that is part of this library: a Qwen2-VL of 2.5 million parameters that knows
 * coloured shapes only.
 */
public final class BuiltInModel {
  private static final String FOLDER = "captioner/";

  private BuiltInModel() {}

  /** Its files. */
  public static ModelFiles files() {
    return new ModelResources(
        "captioner", file -> Optional.ofNullable(BuiltInModel.class.getResource(FOLDER + file)));
  }
}
