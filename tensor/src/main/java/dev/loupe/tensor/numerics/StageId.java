package dev.loupe.tensor.numerics;

import java.util.OptionalInt;

/**
 * A stage of a forward pass: a result that is compared with that of another implementation.
 *
 * @param part the part of the model
 * @param layer the layer of the part, counted from 0; empty outside the layers
 * @param name in files and for people, that of the golden files
 */
public record StageId(Part part, OptionalInt layer, String name) {

  /** Token ids [tokens], int64. */
  public static final StageId INPUT_IDS = of(Part.INPUT, "input_ids");

  /** Positions in time, row and column [3, tokens], int64. */
  public static final StageId POSITION_IDS = of(Part.INPUT, "position_ids");

  /** Patches of all pictures and clips [patches, patch values]. */
  public static final StageId PIXEL_VALUES = of(Part.INPUT, "pixel_values");

  /** Patches in time, height and width of each picture or clip [pictures, 3], int64. */
  public static final StageId GRID_THW = of(Part.INPUT, "grid_thw");

  /** The embeddings of patches [patches, width]. */
  public static final StageId PATCH_EMBED = of(Part.VISION_TOWER, "visual.patch_embed");

  /** What the tower gives to the decoder [tokens of pictures, width]. */
  public static final StageId MERGER = of(Part.VISION_TOWER, "visual.merger");

  /** Embeddings of text and pictures [tokens, width]. */
  public static final StageId INPUTS_EMBEDS = of(Part.DECODER, "inputs_embeds");

  /** Hidden states after the last norm [tokens, width]. */
  public static final StageId NORM = of(Part.DECODER, "norm");

  /** Logits [tokens, vocabulary]. */
  public static final StageId LOGITS = of(Part.LM_HEAD, "logits");

  /** Patches after a block of the tower [patches, width]. */
  public static StageId visionBlock(int block) {
    return new StageId(Part.VISION_TOWER, OptionalInt.of(block), "visual.blocks." + block);
  }

  /** Hidden states after a layer of the decoder [tokens, width]. */
  public static StageId decoderLayer(int layer) {
    return new StageId(Part.DECODER, OptionalInt.of(layer), "layers." + layer);
  }

  /** {@link NonFiniteScores} of a layer in the form of a file. */
  static StageId nonFiniteScores(Part part, int layer) {
    String tower = part == Part.VISION_TOWER ? "visual." : "";
    String name = tower + "attention." + layer + ".nonfinite";
    return new StageId(part, OptionalInt.of(layer), name);
  }

  private static StageId of(Part part, String name) {
    return new StageId(part, OptionalInt.empty(), name);
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
