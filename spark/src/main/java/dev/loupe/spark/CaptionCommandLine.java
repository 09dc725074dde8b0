package dev.loupe.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The arguments of {@link CaptionPictures}.
 *
 * @param folders with pictures, or patterns of them, in any file system that Spark reads
 * @param output the folder of the Parquet files
 * @param recursive whether to look into folders inside
 * @param perTask how many pictures a task captions
 * @param settings how captions are made
 */
record CaptionCommandLine(
    List<String> folders, String output, boolean recursive, int perTask, CaptionSettings settings) {

  private static final String OUTPUT = "--output";
  private static final String RECURSIVE = "--recursive";
  private static final String PER_TASK = "--pictures-per-task";
  private static final int DEFAULT_PER_TASK = 200;

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException if they make no sense
   */
  static CaptionCommandLine parse(String... arguments) {
    List<String> folders = new ArrayList<>();
    Optional<String> output = Optional.empty();
    boolean recursive = false;
    int perTask = DEFAULT_PER_TASK;
    CaptionSettings settings = CaptionSettings.NONE;
    Iterator<String> words = split(arguments).iterator();
    while (words.hasNext()) {
      String word = words.next();
      switch (word) {
        case OUTPUT, "-o" -> output = Optional.of(value(word, words));
        case RECURSIVE, "-r" -> recursive = true;
        case PER_TASK -> perTask = positive(word, value(word, words));
        case "-m" -> settings = settings.with(CaptionSetting.MODEL, value(word, words));
        default -> {
          if (word.startsWith("-")) {
            CaptionSetting setting = setting(word);
            settings = settings.with(setting, value(word, words));
          } else {
            folders.add(word);
          }
        }
      }
    }
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("expected a folder with pictures, found none");
    }
    if (output.isEmpty()) {
      throw new IllegalArgumentException(OUTPUT + ": expected a folder for Parquet, found none");
    }
    return new CaptionCommandLine(
        List.copyOf(folders), output.get(), recursive, perTask, settings.checked());
  }

  /** {@code --seed=1} is {@code --seed 1}. */
  private static List<String> split(String... arguments) {
    List<String> words = new ArrayList<>();
    for (String argument : arguments) {
      words.addAll(
          argument.startsWith("--") && argument.contains("=")
              ? Arrays.asList(argument.split("=", 2))
              : List.of(argument));
    }
    return words;
  }

  private static CaptionSetting setting(String option) {
    return Arrays.stream(CaptionSetting.values())
        .filter(each -> each.option().equals(option))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                option + ": expected an option that exists; --help lists them"));
  }

  private static String value(String option, Iterator<String> words) {
    if (!words.hasNext()) {
      throw new IllegalArgumentException(option + ": expected a value after it, found none");
    }
    return words.next();
  }

  private static int positive(String option, String value) {
    if (!value.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException(
          "%s: expected at least 1, found %s".formatted(option, value));
    }
    return Integer.parseInt(value);
  }

  /** What {@code --help} prints. */
  static String help() {
    StringBuilder help =
        new StringBuilder(
            """
            Usage: spark-submit [options of Spark] loupe-spark.jar FOLDER... --output OUT

            Captions the pictures of folders, and writes Parquet. The same command continues where an
            earlier one ended: it captions what has no row for the same picture, prompt and settings.

              -o, --output OUT           the folder of the Parquet files
              -r, --recursive            also look into folders inside the folders
              --pictures-per-task N      pictures of a task, and of a file; %d if absent
            """
                .formatted(DEFAULT_PER_TASK));
    for (CaptionSetting setting : CaptionSetting.values()) {
      String option = setting.option() + " " + setting.kind().placeholder();
      help.append("  %-26s %s%n".formatted(option, setting.description()));
    }
    return help.toString();
  }
}
