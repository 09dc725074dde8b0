/** From a picture file to embeddings: decoding, resizing, patches and the vision tower. */
module dev.loupe.vision {
  requires transitive dev.loupe.tensor;
  requires dev.loupe.io;
  requires transitive java.desktop;
  requires com.twelvemonkeys.imageio.core;
  requires com.twelvemonkeys.imageio.webp;

  exports dev.loupe.vision;
  exports dev.loupe.vision.image;
  exports dev.loupe.vision.preprocess;
}
