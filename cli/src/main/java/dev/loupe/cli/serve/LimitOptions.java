package dev.loupe.cli.serve;

import dev.loupe.server.Limits;
import java.time.Duration;
import java.util.Properties;
import picocli.CommandLine.Option;

/** What one request to {@code serve} may cost. */
final class LimitOptions {

  private static final int MEBIBYTE = 1 << 20;

  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      description = "The largest request in MiB; ${DEFAULT-VALUE} if absent.")
  private int body = Limits.defaults().bodyBytes() / MEBIBYTE;

  @Option(
      names = "--max-queue",
      paramLabel = "N",
      description =
          "How many requests may wait while one runs; ${DEFAULT-VALUE} if absent. Others get 503.")
  private int queue = Limits.defaults().waiting();

  @Option(
      names = "--max-pictures",
      paramLabel = "N",
      description = "How many pictures a request may have; ${DEFAULT-VALUE} if absent.")
  private int pictures = Limits.defaults().pictures();

  @Option(
      names = "--max-picture-pixels",
      paramLabel = "N",
      description =
          "How many pixels its pictures may have together, before they are shrunk; ${DEFAULT-VALUE} "
              + "if absent.")
  private long picturePixels = Limits.defaults().picturePixels();

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description =
          "The longest answer in tokens, also for requests that ask for more; ${DEFAULT-VALUE} if "
              + "absent.")
  private int newTokens = Limits.defaults().newTokens();

  @Option(
      names = "--body-timeout",
      paramLabel = "SECONDS",
      description = "Within which a request must have arrived; ${DEFAULT-VALUE} if absent.")
  private long bodySeconds = Limits.defaults().bodyTime().toSeconds();

  @Option(
      names = "--answer-timeout",
      paramLabel = "SECONDS",
      description =
          "Within which it must be answered, waiting included; ${DEFAULT-VALUE} if absent.")
  private long answerSeconds = Limits.defaults().answerTime().toSeconds();

  /**
   * The limits.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  Limits limits() {
    long bytes = (long) body * MEBIBYTE;
    if (bytes > Integer.MAX_VALUE - MEBIBYTE) {
      throw new IllegalArgumentException("--max-body: expected at most 2046, found " + body);
    }
    return new Limits(
        (int) bytes,
        queue,
        pictures,
        picturePixels,
        newTokens,
        Duration.ofSeconds(bodySeconds),
        Duration.ofSeconds(answerSeconds));
  }

  /**
   * Sets what the JDK's server reads from properties only, once, when it is first used: pieces of a
   * stream leave at once, and a client that sends its headers for ever is cut off.
   */
  static void tuneTheJdk(Limits limits) {
    Properties properties = System.getProperties();
    properties.putIfAbsent("sun.net.httpserver.nodelay", "true");
    properties.putIfAbsent(
        "sun.net.httpserver.maxReqTime", Long.toString(2 * limits.bodyTime().toSeconds()));
    properties.putIfAbsent("jdk.httpserver.maxConnections", "1024");
  }
}
