package dev.loupe.cli.folder;

import dev.loupe.vision.image.ImageHeader;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/**
 * An estimate of the tokens of pictures, from the headers of a sample that is spread evenly.
 *
 * @param all the tokens of each picture whose header was read
 * @param largest the picture with the most tokens
 * @param header the size of the largest
 * @param tokens the tokens of the largest
 */
public record PictureEstimate(
    List<Integer> all, PictureFile largest, ImageHeader header, int tokens) {

  /** A larger sample would take longer and hardly change the mean: each header costs a seek. */
  private static final int SAMPLE = 64;

  /** An estimate; empty if no header can be read. */
  public static Optional<PictureEstimate> of(List<PictureFile> pictures, ImageProcessor images) {
    List<Integer> all = new ArrayList<>();
    Optional<PictureEstimate> largest = Optional.empty();
    int count = Math.min(SAMPLE, pictures.size());
    for (int i = 0; i < count; i++) {
      PictureFile picture = pictures.get((int) ((long) i * pictures.size() / count));
      Optional<ImageHeader> header = ImageHeader.read(picture.path());
      if (header.isEmpty()) {
        continue;
      }
      int tokens = tokens(images, header.get());
      all.add(tokens);
      if (largest.isEmpty() || tokens > largest.get().tokens) {
        largest = Optional.of(new PictureEstimate(List.of(), picture, header.get(), tokens));
      }
    }
    return largest.map(
        one -> new PictureEstimate(List.copyOf(all), one.largest, one.header, one.tokens));
  }

  /** How many headers were read. */
  public int sampled() {
    return all.size();
  }

  /** Tokens of a picture, rounded down. */
  public int mean() {
    return (int) average(tokens -> tokens);
  }

  /** The mean of what a picture with so many tokens costs; one that will be refused costs none. */
  public double average(IntToDoubleFunction cost) {
    return all.stream().mapToInt(n -> n).filter(n -> n > 0).mapToDouble(cost).sum() / all.size();
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
