package dev.loupe.cli.options;

import dev.loupe.cli.folder.PictureReader;
import dev.loupe.vision.image.ImageDecoder;
import java.time.Duration;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How long one picture may take to decode. */
public final class DecodeTimeoutOption extends OptionGroup {

  private static final double LEAST = 1e-3;
  private static final double MOST = 1e6;

  @Option(
      names = "--decode-timeout",
      paramLabel = "SECONDS",
      description =
          "Give up on a picture that takes longer than this to decode, as some are made to; "
              + "${DEFAULT-VALUE} if absent.")
  private double seconds = ImageDecoder.DEFAULT_TIMEOUT.toSeconds();

  /**
   * A reader of pictures with this limit.
   *
   * @throws ParameterException if it is out of range
   */
  public PictureReader reader() {
    if (!(seconds >= LEAST && seconds <= MOST)) {
      throw usage(
          "--decode-timeout: expected a number of seconds from 0.001 to 1000000, found " + seconds);
    }
    Duration timeout = Duration.ofNanos(Math.round(seconds * 1e9));
    return new PictureReader(new ImageDecoder().timeout(timeout));
  }
}
