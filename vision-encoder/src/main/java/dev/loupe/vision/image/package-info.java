/**
 * From the bytes of a picture file to an upright {@link dev.loupe.vision.image.RgbImage}: one class
 * for each format behind {@link dev.loupe.vision.image.ImageDecoder}.
 *
 * <h2>Ownership</h2>
 *
 * <p>Pictures live on the Java heap and are immutable. No file is kept open and nothing is written
 * to disk.
 *
 * <h2>Threads</h2>
 *
 * <p>Decoders and pictures may be shared; each call has its own reader. Decoding that takes too
 * long is stopped on its own thread: streams, listeners and rasters, which the decoder calls, ask
 * the clock.
 *
 * <h2>Untrusted files</h2>
 *
 * <p>ImageIO's readers get what decoding needs, and no more: {@code PngChunks}, {@code GifBlocks},
 * {@code TiffPage}, {@code JpegMarkers} and {@code WebpChunks} walk through a file in linear time,
 * check its sizes, and leave out profiles, texts and unknown parts. The orientation is read by
 * {@code OrientationTag} from one directory.
 *
 * <h2>Numerics</h2>
 *
 * <p>The reference is Pillow 12.3: upright by EXIF, else XMP; transparency over white; then RGB.
 * The samples are the same in every bit for JPEG, PNG, GIF, BMP, TIFF and lossless WebP, but for
 * the gaps below. They are taken from the raster, never through a Java colour model, and colour
 * profiles and gamma are ignored, as Pillow does: Java would change gray by up to 73 levels. 16-bit
 * samples lose their low byte, but 16-bit gray is clipped at 255: that is how Pillow converts its
 * mode I;16.
 *
 * <p>The JDK decodes JPEG components with the Independent JPEG Group's library, whose inverse
 * transform and chroma interpolation equal libjpeg-turbo's; {@code JpegPicture} decides which
 * colours they are, and converts them. Each format has one fixed reader; other ImageIO plug-ins
 * that are installed are not used.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>Lossy WebP differs from libwebp, because TwelveMonkeys 3.15.0 repeats chroma samples where
 * libwebp interpolates them, and copies each macroblock out before the loop filter of its right and
 * lower neighbours reaches its last three columns and rows. On a photo-like picture of 200 x 133 at
 * quality 85 it differs by at most 74 levels, 2.7 on average, in 76 % of the samples; on gray ones
 * by 0.02 (quality 85) to 0.4 levels (quality 30) on average. A test holds these numbers. Save such
 * pictures as PNG where every bit counts.
 *
 * <p>JPEG with luma sampling 1x2 (4:4:0, as from turning a 4:2:2 picture losslessly) has its chroma
 * rows repeated by the JDK's bundled library where libjpeg-turbo interpolates them: up to 69
 * levels, about 90 % of the samples. JDKs built with the system's libjpeg-turbo show no difference.
 *
 * <p>Refused with a message: arithmetic-coded, lossless and 12-bit JPEG, TIFF of more than 16 bits,
 * floating point or Lab, and files cut short by so little that Pillow would still read them (PNG
 * without its end chunk). Not refused, but different: 16-bit TIFF gray where white is zero, which
 * Pillow does not invert. Not read: AVIF, HEIC, JPEG XL, JPEG 2000. Of animated files the first
 * frame is shown on its canvas, unless a GIF is asked for as a clip; its frames are not limited in
 * size as qwen_vl_utils limits those of a video, but like pictures. Other kinds of video are not
 * read.
 */
package dev.loupe.vision.image;
