package dev.loupe.tensor.numerics;

/** The parts of a model, which differ in what a row of a result belongs to. */
public enum Part {

  /** What goes into the model, before anything is computed. */
  INPUT,

  /** Pictures to embeddings: one row a patch. */
  VISION_TOWER,

  /** Embeddings to hidden states: one row a token. */
  DECODER,

  /** Hidden states to logits: one row for each token that is to be predicted. */
  LM_HEAD
}
