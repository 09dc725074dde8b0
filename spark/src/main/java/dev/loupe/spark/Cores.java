package dev.loupe.spark;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * The cores that Spark gave to an executor.
 *
 * @param cores of the executor
 * @param perTask {@code spark.task.cpus}
 */
record Cores(int cores, int perTask) {

  private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+)(,\\s*\\d+)?]");

  /** Those of this process. */
  static Cores here() {
    if (SparkEnv.get() == null) {
      return new Cores(Runtime.getRuntime().availableProcessors(), 1);
    }
    return of(SparkEnv.get().conf(), System.getProperty("sun.java.command", ""));
  }

  /**
   * Those of an executor.
   *
   * @param command how its process was started; a standalone worker says there how many cores it
   *     has, where the configuration does not
   */
  static Cores of(SparkConf conf, String command) {
    int perTask = conf.getInt("spark.task.cpus", 1);
    Matcher local = LOCAL.matcher(conf.get("spark.master", ""));
    Optional<Integer> known =
        local.matches()
            ? Optional.of(Integer.valueOf(local.group(1)))
            : conf.get("spark.master", "").equals("local") ? Optional.of(1) : Optional.empty();
    int cores =
        known
            .or(() -> Optional.of(conf.getInt("spark.executor.cores", 0)).filter(n -> n > 0))
            .or(() -> inCommand(command))
            .orElse(Runtime.getRuntime().availableProcessors());
    return new Cores(Math.max(cores, perTask), perTask);
  }

  private static Optional<Integer> inCommand(String command) {
    Iterator<String> words = Arrays.asList(command.split(" ")).iterator();
    while (words.hasNext()) {
      if (words.next().equals("--cores") && words.hasNext()) {
        return Optional.of(words.next()).filter(n -> n.matches("\\d{1,6}")).map(Integer::valueOf);
      }
    }
    return Optional.empty();
  }

  /** How many tasks run at once. */
  int tasks() {
    return cores / perTask;
  }

  /** How many threads compute for all of them. */
  int threads() {
    return tasks() * perTask;
  }
}
