package dev.loupe.weights;

import java.util.List;

/**
 * Adapters (LoRA and the like), which change the weights of another model. Loupe does not apply
 * them.
 */
public final class Adapter {

  /** The names of an adapter's files, as PEFT writes them. */
  public static final List<String> FILES =
      List.of("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin");

  /** What to do about an adapter. */
  public static final String REMEDY =
      "merge it into its base model first, in Python: model.merge_and_unload()"
          + ".save_pretrained(folder)";

  static final String IN_PLACE_OF_A_MODEL = "this is an adapter, not a model; " + REMEDY;

  private Adapter() {}
}
