package dev.loupe.cli.folder;

import dev.loupe.vision.image.ImageHeader;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.util.List;
import java.util.Optional;

/**
 * What pictures will take, from the headers of some of them, spread evenly over all.
 *
 * @param looked how many headers were read
 * @param mean tokens of a picture
 * @param largest the one with the most tokens
 * @param header its size
 * @param tokens its tokens
 */
public record PictureEstimate(
    int looked, int mean, PictureFile largest, ImageHeader header, int tokens) {

  /** More would take longer than it tells: a header costs a seek, the mean settles soon. */
  private static final int SAMPLE = 64;

  /** An estimate; empty if no header can be read. */
  public static Optional<PictureEstimate> of(List<PictureFile> pictures, ImageProcessor images) {
    int looked = 0;
    long sum = 0;
    Optional<PictureEstimate> largest = Optional.empty();
    int count = Math.min(SAMPLE, pictures.size());
    for (int i = 0; i < count; i++) {
      PictureFile picture = pictures.get((int) ((long) i * pictures.size() / count));
      Optional<ImageHeader> header = ImageHeader.read(picture.path());
      if (header.isEmpty()) {
        continue;
      }
      int tokens = tokens(images, header.get());
      looked++;
      sum += tokens;
      if (largest.isEmpty() || tokens > largest.get().tokens) {
        largest = Optional.of(new PictureEstimate(1, tokens, picture, header.get(), tokens));
      }
    }
    int pictureCount = looked;
    int mean = (int) (sum / Math.max(1, looked));
    return largest.map(
        one -> new PictureEstimate(pictureCount, mean, one.largest, one.header, one.tokens));
  }

  /** A picture that will be refused takes nothing. */
  private static int tokens(ImageProcessor images, ImageHeader header) {
    try {
      return images.tokens(header.width(), header.height());
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
