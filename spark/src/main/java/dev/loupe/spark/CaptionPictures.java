package dev.loupe.spark;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.sql.SparkSession;

/**
 * Pictures in, Parquet out, without a program: {@code spark-submit loupe-spark.jar FOLDER --output
 * OUT}. The same command continues an interrupted run.
 */
public final class CaptionPictures {

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
    } catch (IOException e) {
      err.println("loupe: " + e.getMessage());
      return FAILED;
    }
  }
}
