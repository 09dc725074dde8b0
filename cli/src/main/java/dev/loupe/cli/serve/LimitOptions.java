package dev.loupe.cli.serve;

import dev.loupe.server.Limits;
import java.time.Duration;
import java.util.Properties;
import picocli.CommandLine.Option;

/** Limits on one request to {@code serve}. */
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
          "How many requests may wait while others run; ${DEFAULT-VALUE} if absent. More get 503.")
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
      description =
          "Time for a request to arrive, and for its client to take each piece of the reply; "
              + "${DEFAULT-VALUE} if absent.")
  private long bodySeconds = Limits.defaults().bodyTime().toSeconds();

  @Option(
      names = "--decode-timeout",
      paramLabel = "SECONDS",
      description =
          "Time to decode all pictures of a request together; ${DEFAULT-VALUE} if absent.")
  private long decodeSeconds = Limits.defaults().decodeTime().toSeconds();

  @Option(
      names = "--answer-timeout",
      paramLabel = "SECONDS",
      description =
          "Time for the answer, with the time in the queue and that for its pictures; "
              + "${DEFAULT-VALUE} if absent.")
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
        Duration.ofSeconds(decodeSeconds),
        Duration.ofSeconds(answerSeconds));
  }

  /**
   * Sets system properties, which the JDK's server reads once, at its first use: it sends pieces of
   * a stream without delay, and disconnects a client that never ends its headers.
   */
  static void setServerProperties(Limits limits) {
    Properties properties = System.getProperties();
    properties.putIfAbsent("sun.net.httpserver.nodelay", "true");
    properties.putIfAbsent(
        "sun.net.httpserver.maxReqTime", Long.toString(2 * limits.bodyTime().toSeconds()));
    properties.putIfAbsent("jdk.httpserver.maxConnections", "1024");
  }
}
