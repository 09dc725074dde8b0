/** From a picture file to embeddings: decoding, resizing, patches and the vision tower. */
module dev.loupe.vision {
  requires transitive dev.loupe.tensor;
  requires transitive java.desktop;
  requires com.drew.metadata;

  exports dev.loupe.vision;
}
