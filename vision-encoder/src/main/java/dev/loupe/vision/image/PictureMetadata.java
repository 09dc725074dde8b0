package dev.loupe.vision.image;

/**
 * The parts of a picture file that may say how it is to be turned.
 *
 * @param exif a TIFF structure, perhaps after {@code Exif\0\0}; empty if there is none
 * @param xmp the text of an XMP packet; empty if there is none
 */
record PictureMetadata(byte[] exif, byte[] xmp) {
  static final PictureMetadata NONE = new PictureMetadata(new byte[0], new byte[0]);
}
