package dev.loupe.cli.folder;

import dev.loupe.vision.image.ImageHeader;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.util.List;
import java.util.Optional;

/**
 * An estimate of the tokens of pictures, from the headers of a sample that is spread evenly.
 *
 * @param sampled how many headers were read
 * @param mean tokens of a picture
 * @param largest the picture with the most tokens
 * @param header the size of the largest
 * @param tokens the tokens of the largest
 */
public record PictureEstimate(
    int sampled, int mean, PictureFile largest, ImageHeader header, int tokens) {

  /** A larger sample would take longer and hardly change the mean: each header costs a seek. */
  private static final int SAMPLE = 64;

  /** An estimate; empty if no header can be read. */
  public static Optional<PictureEstimate> of(List<PictureFile> pictures, ImageProcessor images) {
    int sampled = 0;
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
      sampled++;
      sum += tokens;
      if (largest.isEmpty() || tokens > largest.get().tokens) {
        largest = Optional.of(new PictureEstimate(1, tokens, picture, header.get(), tokens));
      }
    }
    int pictureCount = sampled;
    int mean = (int) (sum / Math.max(1, sampled));
    return largest.map(
        one -> new PictureEstimate(pictureCount, mean, one.largest, one.header, one.tokens));
  }

  /** A picture that will be refused has no tokens. */
  private static int tokens(ImageProcessor images, ImageHeader header) {
    try {
      return images.tokens(header.width(), header.height());
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
