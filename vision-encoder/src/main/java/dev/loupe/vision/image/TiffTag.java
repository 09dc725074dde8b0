package dev.loupe.vision.image;

/** Numbers of the TIFF fields and values that are asked for. Source: TIFF 6.0. */
final class TiffTag {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS_PER_SAMPLE = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int FILL_ORDER = 266;
  static final int STRIP_OFFSETS = 273;
  static final int SAMPLES_PER_PIXEL = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_BYTE_COUNTS = 279;
  static final int PLANAR = 284;
  static final int PREDICTOR = 317;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_BYTE_COUNTS = 325;
  static final int JPEG_FILE = 513;
  static final int JPEG_FILE_BYTES = 514;
  static final int YCBCR_SUBSAMPLING = 530;
  static final int XMP = 700;

  /** CIE Lab, and its two variants that follow. */
  static final int LAB = 8;

  static final int YCBCR = 6;

  static final int LZW = 5;
  static final int DEFLATE = 8;
  static final int OLD_DEFLATE = 32946;
  static final int OLD_JPEG = 6;
  static final int JPEG = 7;

  private TiffTag() {}
}
