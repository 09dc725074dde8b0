package dev.loupe.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Adds captions to pictures: a Spark ML transformer, and as such a Java API.
 *
 * <pre>{@code
 * Dataset<Row> pictures = spark.read().format("binaryFile").load("photos/*.jpg");
 * LoupeCaptioner captioner = new LoupeCaptioner().option("model", "/models/Qwen2-VL-2B-Instruct");
 * captioner.caption(pictures).select("path", "caption.text").write().parquet("captions");
 * }</pre>
 *
 * <p>The input column, {@code content} by default, holds bytes of picture files, or their paths in
 * any file system that Spark reads. The output column, {@code caption} by default, holds a struct:
 * {@code text}, {@code finish_reason}, {@code tokens}, {@code prompt_tokens}, {@code image_tokens},
 * {@code width}, {@code height}, {@code resized_width}, {@code resized_height}, {@code prompt},
 * {@code error}, {@code settings} and {@code hash}. A picture that cannot be captioned has an
 * {@code error} and no text; it fails no task. The hash is that of its {@link
 * dev.loupe.engine.Receipt}.
 *
 * <p>{@link #explainParams} lists the params. They are set by name, as in {@code
 * option("maxNewTokens", 64)}.
 */
public final class LoupeCaptioner extends Transformer implements DefaultParamsWritable {

  private static final long serialVersionUID = 1;

  private final String uid;
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final Param<String> promptCol;
  private final EnumMap<CaptionSetting, Param<?>> settings = new EnumMap<>(CaptionSetting.class);
  private transient CaptionMetrics metrics;

  /** A captioner with all defaults: the built-in model, {@code content} to {@code caption}. */
  public LoupeCaptioner() {
    this(Identifiable$.MODULE$.randomUID("loupe"));
  }

  /**
   * The same under a name in a pipeline.
   *
   * @param uid unique
   */
  public LoupeCaptioner(String uid) {
    this.uid = uid;
    this.inputCol = new Param<>(uid, "inputCol", "the column with bytes or paths of pictures");
    this.outputCol = new Param<>(uid, "outputCol", "the column that captions go to");
    this.promptCol =
        new Param<>(uid, "promptCol", "a column with what to ask; null there is the prompt");
    for (CaptionSetting setting : CaptionSetting.values()) {
      settings.put(setting, param(setting));
    }
    setDefault(inputCol, "content");
    setDefault(outputCol, "caption");
  }

  /** A captioner with these settings. */
  LoupeCaptioner(CaptionSettings settings) {
    this();
    settings.values().forEach(this::option);
  }

  private Param<?> param(CaptionSetting setting) {
    String name = setting.shown();
    String description = setting.description();
    return switch (setting.kind()) {
      case TEXT -> new Param<>(uid, name, description);
      case INTEGER -> new IntParam(uid, name, description);
      case LONG -> new LongParam(uid, name, description);
      case DOUBLE -> new DoubleParam(uid, name, description);
    };
  }

  /** The captioner that was saved in this folder. */
  public static LoupeCaptioner load(String path) {
    return read().load(path);
  }

  /** Reads what {@link #write} wrote; pipelines call it. */
  public static MLReader<LoupeCaptioner> read() {
    return new DefaultParamsReader<>();
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    List<Param<?>> all = new ArrayList<>(List.of(inputCol, outputCol, promptCol));
    all.addAll(settings.values());
    return all.toArray(new Param<?>[0]);
  }

  /**
   * Sets a param by its name, and gives back this captioner.
   *
   * @throws IllegalArgumentException if there is none of this name, or the value is of another type
   */
  public LoupeCaptioner option(String name, Object value) {
    Optional<CaptionSetting> setting = CaptionSetting.of(name);
    if (setting.isEmpty() && !hasParam(name)) {
      throw new IllegalArgumentException(
          "%s: expected one of inputCol, outputCol, promptCol, %s"
              .formatted(name, CaptionSetting.names()));
    }
    Object typed = setting.map(known -> known.typed(String.valueOf(value))).orElse(value);
    set(getParam(name), typed);
    return this;
  }

  @Override
  public LoupeCaptioner copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /**
   * The schema with the column of captions.
   *
   * @throws IllegalArgumentException if a column is missing or of another type
   */
  @Override
  public StructType transformSchema(StructType schema) {
    column(schema, getOrDefault(inputCol), DataTypes.BinaryType, DataTypes.StringType);
    if (isSet(promptCol)) {
      column(schema, getOrDefault(promptCol), DataTypes.StringType);
    }
    StructField added =
        new StructField(getOrDefault(outputCol), CaptionRow.TYPE, true, Metadata.empty());
    List<StructField> fields = new ArrayList<>(Arrays.asList(schema.fields()));
    outputIndex(schema).ifPresentOrElse(n -> fields.set(n, added), () -> fields.add(added));
    return new StructType(fields.toArray(new StructField[0]));
  }

  private Optional<Integer> outputIndex(StructType schema) {
    return Optional.of(Arrays.asList(schema.fieldNames()).indexOf(getOrDefault(outputCol)))
        .filter(n -> n >= 0);
  }

  private static int column(StructType schema, String name, DataType... types) {
    int index = Arrays.asList(schema.fieldNames()).indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%s: expected a column of this name, found %s"
              .formatted(name, String.join(", ", schema.fieldNames())));
    }
    DataType found = schema.fields()[index].dataType();
    if (!Arrays.asList(types).contains(found)) {
      throw new IllegalArgumentException(
          "%s: expected a column of %s, found %s"
              .formatted(
                  name,
                  Arrays.stream(types).map(DataType::typeName).collect(Collectors.joining(" or ")),
                  found.typeName()));
    }
    return index;
  }

  /** The same as {@link #transform}. */
  public Dataset<Row> caption(Dataset<Row> pictures) {
    return transform(pictures);
  }

  /**
   * Adds the column of captions. They are made when the result is used, and again each time that it
   * is used; write or cache it.
   *
   * @throws IllegalArgumentException if a column is missing or of another type, or a param makes no
   *     sense
   */
  @Override
  public Dataset<Row> transform(Dataset<?> pictures) {
    StructType schema = pictures.schema();
    StructType captioned = transformSchema(schema);
    PartitionCaptions captions =
        new PartitionCaptions(
            settings(),
            schema.fieldIndex(getOrDefault(inputCol)),
            isSet(promptCol) ? schema.fieldIndex(getOrDefault(promptCol)) : null,
            outputIndex(schema).orElse(null),
            metrics(pictures.sparkSession().sparkContext()));
    return pictures.toDF().mapPartitions(captions, Encoders.row(captioned));
  }

  /** The settings of all params that are set. */
  CaptionSettings settings() {
    CaptionSettings all = CaptionSettings.NONE;
    for (Map.Entry<CaptionSetting, Param<?>> each : settings.entrySet()) {
      if (isSet(each.getValue())) {
        all = all.with(each.getKey(), String.valueOf(getOrDefault(each.getValue())));
      }
    }
    return all.checked();
  }

  /**
   * What {@code settings} of all rows will be, as an executor says that has the model.
   *
   * @param spark runs a task for it
   */
  String settingsHash(SparkSession spark) {
    CaptionSettings all = settings();
    CaptionMetrics counted = metrics(spark.sparkContext());
    MapFunction<String, String> hash =
        _ -> new PictureReading(all, ExecutorModels.of(all, counted)).settings();
    return spark
        .createDataset(List.of(uid), Encoders.STRING())
        .map(hash, Encoders.STRING())
        .first();
  }

  /** Those of this captioner. */
  synchronized CaptionMetrics metrics(SparkContext context) {
    if (metrics == null) {
      metrics = CaptionMetrics.of(context);
    }
    return metrics;
  }

  /**
   * What was done so far with the results of {@link #transform}.
   *
   * @throws IllegalStateException before the first call of {@link #transform}
   */
  public synchronized CaptionMetrics metrics() {
    if (metrics == null) {
      throw new IllegalStateException("metrics: expected a call of transform before");
    }
    return metrics;
  }

  /**
   * What each executor of the current application needs. The driver must have the model too.
   *
   * @throws IOException if there is no such model here
   */
  public ExecutorMemory memory() throws IOException {
    return ExecutorMemory.of(settings(), Cores.here());
  }

  /**
   * What an executor needs.
   *
   * @param cores {@code spark.executor.cores}
   * @param perTask {@code spark.task.cpus}
   * @throws IOException if the driver does not have the model
   */
  public ExecutorMemory memory(int cores, int perTask) throws IOException {
    return ExecutorMemory.of(settings(), new Cores(cores, perTask));
  }
}
