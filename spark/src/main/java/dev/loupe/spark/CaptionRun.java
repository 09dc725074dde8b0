package dev.loupe.spark;

import dev.loupe.vision.image.PictureNames;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Captions the pictures of folders into a folder of Parquet files. Each task writes a file, which
 * is there when the task ends: a run that is killed loses only the tasks in flight, and the next
 * run leaves out what is there.
 *
 * @param spark runs it
 * @param command says what
 */
record CaptionRun(SparkSession spark, CaptionCommandLine command) {

  private static final String PATH = "path";
  private static final String MODIFIED = "modificationTime";
  private static final String LENGTH = "length";
  private static final String PROMPT = "prompt";
  private static final String SETTINGS = "settings";

  /** What makes two rows the same work. */
  private static final List<String> KEY = List.of(PATH, MODIFIED, LENGTH, PROMPT, SETTINGS);

  /** The columns of the files. */
  static final StructType TYPE = type();

  private static StructType type() {
    StructType type =
        new StructType()
            .add(PATH, DataTypes.StringType)
            .add(MODIFIED, DataTypes.TimestampType)
            .add(LENGTH, DataTypes.LongType);
    for (StructField field : CaptionRow.TYPE.fields()) {
      type = type.add(field);
    }
    return type;
  }

  /**
   * What a run has done.
   *
   * @param captioned pictures that have a caption
   * @param failed pictures that have an error
   * @param skipped pictures that had a row before
   */
  record Result(long captioned, long failed, long skipped) {

    boolean everyPictureFailed() {
      return failed > 0 && captioned + skipped == 0;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,d pictures captioned, %,d with an error, %,d had a row before",
          captioned,
          failed,
          skipped);
    }
  }

  /**
   * Captions what has no row yet.
   *
   * @throws IOException if the output holds something else
   */
  Result run() throws IOException {
    requireOwnOutput();
    LoupeCaptioner captioner =
        new LoupeCaptioner(command.settings()).option("inputCol", PATH).option("outputCol", "made");
    Dataset<Row> pictures =
        pictures()
            .withColumn(PROMPT, functions.lit(command.settings().prompt()))
            .withColumn(SETTINGS, functions.lit(captioner.settingsHash(spark)));
    Dataset<Row> todo = pictures.join(rows().select(columns()), names(), "left_anti");
    long all = pictures.count();
    long left = todo.count();
    if (left > 0) {
      int tasks = Math.toIntExact((left + command.perTask() - 1) / command.perTask());
      try (RunProgress _ = new RunProgress(captioner.metrics(spark.sparkContext()), left)) {
        captioner
            .caption(todo.repartition(tasks))
            .select(PATH, MODIFIED, LENGTH, "made.*")
            .write()
            .mode(SaveMode.Append)
            // The file of a task that ends is kept, also if the whole run does not end.
            .option("mapreduce.fileoutputcommitter.algorithm.version", "2")
            .parquet(command.output());
      }
    }
    // Counted in the files: the accumulators count a task that was tried twice twice.
    Dataset<Row> errors = rows().filter(functions.col("error").isNotNull()).select(columns());
    long failed = left == 0 ? 0 : todo.join(errors, names(), "left_semi").count();
    return new Result(left - failed, failed, all - left);
  }

  private static Column[] columns() {
    return KEY.stream().map(functions::col).toArray(Column[]::new);
  }

  private static Seq<String> names() {
    return CollectionConverters.asScala(KEY).toSeq();
  }

  /** The pictures of the folders, without their content. */
  private Dataset<Row> pictures() {
    FilterFunction<Row> isPicture =
        row -> PictureNames.isPicture(new Path(row.<String>getAs(PATH)).getName());
    return spark
        .read()
        .format("binaryFile")
        .option("recursiveFileLookup", command.recursive())
        .load(command.folders().toArray(new String[0]))
        .select(PATH, MODIFIED, LENGTH)
        .filter(isPicture);
  }

  /** What earlier runs have written. */
  private Dataset<Row> rows() throws IOException {
    return files().length == 0
        ? spark.createDataFrame(List.of(), TYPE)
        : spark.read().schema(TYPE).parquet(command.output());
  }

  /** Other files than those that Spark keeps for itself. */
  private FileStatus[] files() throws IOException {
    Path output = new Path(command.output());
    FileSystem system = output.getFileSystem(spark.sparkContext().hadoopConfiguration());
    return system.exists(output)
        ? system.listStatus(output, path -> !path.getName().matches("[_.].*"))
        : new FileStatus[0];
  }

  private void requireOwnOutput() throws IOException {
    FileStatus[] files = files();
    boolean parquet =
        Arrays.stream(files).allMatch(file -> file.getPath().getName().endsWith(".parquet"));
    if (!parquet
        || files.length > 0
            && !List.of(spark.read().parquet(command.output()).columns())
                .equals(List.of(TYPE.fieldNames()))) {
      throw new IOException(
          "%s: expected a folder with Parquet of this command, or none, found something else; choose another --output"
              .formatted(command.output()));
    }
  }
}
