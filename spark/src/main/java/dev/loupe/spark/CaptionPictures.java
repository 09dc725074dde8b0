package dev.loupe.spark;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pictures in, Parquet out, without a program: {@code spark-submit loupe-spark.jar FOLDER --output
 * OUT}. The same command continues an interrupted run.
 */
public final class CaptionPictures {

  private static final Logger LOG = LoggerFactory.getLogger(CaptionPictures.class);
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private CaptionPictures() {}

  /**
   * Runs the command. Ends with {@link SparkUserAppException}, which {@code spark-submit} turns
   * into an exit code, if it fails (1) or its arguments make no sense (2).
   *
   * @param arguments the command line; {@code --help} explains it
   */
  public static void main(String[] arguments) throws SparkUserAppException {
    int exit = run(System.out, System.err, arguments);
    if (exit != 0) {
      throw new SparkUserAppException(exit, null);
    }
  }

  private static int run(PrintStream out, PrintStream err, String... arguments) {
    if (List.of("--help", "-h").stream().anyMatch(Arrays.asList(arguments)::contains)) {
      out.print(CaptionCommandLine.help());
      return 0;
    }
    CaptionCommandLine command;
    try {
      command = CaptionCommandLine.parse(arguments);
    } catch (IllegalArgumentException e) {
      err.println("loupe: " + e.getMessage() + "\nTry --help for more.");
      return USAGE;
    }
    try (SparkSession spark = SparkSession.builder().appName("loupe").getOrCreate()) {
      CaptionRun.Result result = new CaptionRun(spark, command).run();
      err.println("loupe: " + result);
      return result.everyPictureFailed() ? FAILED : 0;
    } catch (Exception e) { // Spark throws checked ones too, which no signature shows.
      LOG.debug("the run failed", e);
      err.println("loupe: " + reason(e));
      return FAILED;
    }
  }

  /** Spark wraps what a task says into its own words and stack traces. */
  private static String reason(Throwable e) {
    Throwable reason = e;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    return Optional.ofNullable(reason.getMessage()).orElse(reason.toString());
  }
}
