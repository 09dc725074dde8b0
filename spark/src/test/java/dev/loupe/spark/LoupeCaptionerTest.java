package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Receipt;
import dev.loupe.engine.Receipts;
import dev.loupe.testkit.Scenes;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoupeCaptionerTest {

  private static final int SCENES = 30;

  @TempDir static Path folder;
  private static SparkSession spark;
  private static Path pictures;

  @BeforeAll
  static void start() throws IOException {
    pictures = folder.resolve("in");
    Scenes.draw(pictures, 0, SCENES);
    Files.write(pictures.resolve("a0/broken.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 1});
    Files.writeString(pictures.resolve("a0/text.jpg"), "no picture");
    spark = LocalSpark.builder(folder).getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Dataset<Row> binaryFiles() {
    return spark
        .read()
        .format("binaryFile")
        .option("recursiveFileLookup", "true")
        .load(pictures.toString());
  }

  /** Captions by the path of their picture. */
  private static Map<String, Row> captions(Dataset<Row> captioned) {
    Map<String, Row> captions = new TreeMap<>();
    for (Row row : captioned.select("path", "caption").collectAsList()) {
      String path = row.getString(0).replaceFirst("^file:", "");
      assertThat(captions.put(path, row.getStruct(1))).as(path).isNull();
    }
    return captions;
  }

  @Test
  void everyPictureHasTheCaptionOfTheCommandLine() throws Exception {
    // What the command line says where nobody does; in a receipt it is one of the options.
    LoupeCaptioner captioner =
        new LoupeCaptioner().option("maxNewTokens", GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
    Map<String, Row> captions = captions(captioner.caption(binaryFiles()));
    Map<String, Map<String, Object>> expected =
        SingleMachine.captions(pictures, folder.resolve("single.jsonl"));

    assertThat(expected).hasSize(SCENES);
    assertThat(captions).hasSize(SCENES + 2);
    expected.forEach((path, row) -> SameCaption.check(captions.get(path), row));
    assertThat(captioner.metrics().pictures().value()).isEqualTo(SCENES);
    assertThat(captioner.metrics().failures().value()).isEqualTo(2);
    assertThat(captioner.metrics().tokens().value())
        .isEqualTo(
            expected.values().stream()
                .mapToLong(row -> ((List<?>) row.get("tokens")).size())
                .sum());
  }

  @Test
  void aBadPictureIsARowWithAnError() {
    Map<String, Row> captions = captions(new LoupeCaptioner().caption(binaryFiles()));

    Row broken = captions.get(pictures.resolve("a0/broken.png").toString());
    assertThat(broken.<String>getAs("error")).contains("expected a picture", "found");
    assertThat(broken.<String>getAs("finish_reason")).isEqualTo("error");
    assertThat(broken.<String>getAs("text")).isNull();
    assertThat(broken.<String>getAs("hash")).isNull();
    assertThat(captions.get(pictures.resolve("a0/text.jpg").toString()).<String>getAs("error"))
        .contains("expected a picture");
  }

  @Test
  void orderAndPartitioningAndTheKindOfColumnChangeNoCaption() {
    Map<String, Row> captions = captions(new LoupeCaptioner().caption(binaryFiles()));
    Dataset<Row> paths = binaryFiles().select("path").repartition(7).sort(functions.desc("path"));
    LoupeCaptioner byPath = new LoupeCaptioner().option("inputCol", "path").option("batch", 3);

    Map<String, Row> others = captions(byPath.caption(paths));

    assertThat(others.keySet()).isEqualTo(captions.keySet());
    others.forEach((path, caption) -> {
      if (caption.isNullAt(caption.fieldIndex("error"))) {
        assertThat(caption).as(path).isEqualTo(captions.get(path));
      }
    });
  }

  @Test
  void tasksShareOneModel() {
    LoupeCaptioner captioner = new LoupeCaptioner().option("threads", 1);
    assertThat(captioner.caption(binaryFiles().repartition(9)).count()).isEqualTo(SCENES + 2);
    captioner.option("prompt", "What is it?").option("maxNewTokens", 3);
    assertThat(captioner.caption(binaryFiles().repartition(9)).count()).isEqualTo(SCENES + 2);

    assertThat(captioner.metrics().modelLoads().value()).isEqualTo(1);
  }

  @Test
  void aColumnOfPromptsAsksEachPictureItsOwn() {
    String scene = first();
    Dataset<Row> asked =
        spark.createDataFrame(
            Arrays.asList(
                RowFactory.create(scene, "What is it?"),
                RowFactory.create(scene, null),
                RowFactory.create(null, null),
                RowFactory.create("/nowhere/x.png", null)),
            new StructType().add("path", DataTypes.StringType).add("asked", DataTypes.StringType));
    LoupeCaptioner captioner =
        new LoupeCaptioner()
            .option("inputCol", "path")
            .option("promptCol", "asked")
            .option("prompt", "Name a colour.")
            .option("maxNewTokens", 2);

    List<Row> rows = captioner.caption(asked).select("caption.*").collectAsList();

    assertThat(rows.stream().map(row -> row.<String>getAs("prompt")))
        .containsExactly("What is it?", "Name a colour.", "Name a colour.", "Name a colour.");
    assertThat(rows.get(0).<Integer>getAs("prompt_tokens"))
        .isNotEqualTo(rows.get(1).<Integer>getAs("prompt_tokens"));
    assertThat(rows.get(1).<String>getAs("finish_reason")).isEqualTo("length");
    assertThat(rows.get(2).<String>getAs("error"))
        .isEqualTo("picture: expected bytes or a path, found null");
    assertThat(rows.get(3).<String>getAs("error")).contains("/nowhere/x.png");
  }

  private static String first() {
    return pictures.resolve("a0/b0/scene 00000.png").toString();
  }

  @Test
  void theHashIsThatOfTheReceipt() throws IOException {
    Path scene = Path.of(first());
    byte[] bytes = Files.readAllBytes(scene);
    GenerationOptions options =
        GenerationOptions.greedy().maxNewTokens(5).sample(7).maxPixels(50176);
    LoadOptions load = LoadOptions.defaults().threads(1);
    Receipt receipt;
    try (Qwen2Vl alone = Qwen2Vl.load(BuiltInModel.files(), load)) {
      Prompt prompt = Prompt.create().image(new ImageDecoder().decode(bytes, "x")).text("What?");
      receipt =
          Receipts.of(BuiltInModel.files(), load)
              .answer(alone, prompt, options)
              .receipt()
              .orElseThrow();
    }
    LoupeCaptioner captioner =
        new LoupeCaptioner()
            .option("maxNewTokens", 5)
            .option("seed", 7)
            .option("maxPixels", 50176)
            .option("prompt", "What?")
            .option("inputCol", "value");

    Row row =
        captioner
            .caption(spark.createDataset(List.of(scene.toString()), Encoders.STRING()).toDF())
            .select("caption.*")
            .first();

    assertThat(row.<String>getAs("settings")).isEqualTo(receipt.settings());
    assertThat(row.<String>getAs("hash")).isEqualTo(receipt.hash());
  }

  @Test
  void detailLimitsPicturesAsInTheCommandLine() {
    ImageProcessorConfig model = ImageProcessorConfig.defaults();
    Map<String, Long> limits = new TreeMap<>();
    for (String level : List.of("low", "high", "full")) {
      GenerationOptions options =
          new LoupeCaptioner().option("detail", level).settings().options(model);
      limits.put(level, options.pictures(model).maxPixels());
    }
    assertThat(limits)
        .isEqualTo(
            Map.of(
                "low",
                448L * 448,
                "high",
                (long) PictureLimit.SAFE_MAX_PIXELS,
                "full",
                model.maxPixels()));
  }

  @Test
  void aPipelineIsSavedAndLoadedWithAllParams() throws IOException {
    LoupeCaptioner captioner =
        new LoupeCaptioner()
            .option("inputCol", "path")
            .option("outputCol", "seen")
            .option("maxNewTokens", 4)
            .option("seed", 12345678901L)
            .option("temperature", 0.5)
            .option("maxPixels", 50176)
            .option("dtype", "bfloat16");
    String saved = folder.resolve("pipeline").toString();
    new Pipeline().setStages(new PipelineStage[] {captioner}).fit(paths()).save(saved);

    PipelineModel loaded = PipelineModel.load(saved);

    LoupeCaptioner stage = (LoupeCaptioner) loaded.stages()[0];
    assertThat(stage.settings()).isEqualTo(captioner.settings());
    assertThat(stage.settings().values())
        .containsEntry("seed", "12345678901")
        .containsEntry("maxPixels", "50176");
    assertThat(loaded.transform(paths()).select("seen").collectAsList())
        .isEqualTo(captioner.transform(paths()).select("seen").collectAsList());
    assertThat(stage.explainParams()).contains("maxNewTokens", "promptCol", "cacheDir");
    assertThat(stage.copy(ParamMap.empty()).settings()).isEqualTo(captioner.settings());
  }

  private static Dataset<Row> paths() {
    List<String> paths = new ArrayList<>(List.of(first()));
    return spark.createDataset(paths, Encoders.STRING()).toDF("path");
  }

  @Test
  void theCaptionMayReplaceAColumn() {
    LoupeCaptioner captioner =
        new LoupeCaptioner()
            .option("inputCol", "path")
            .option("outputCol", "path")
            .option("maxNewTokens", 1);

    Dataset<Row> replaced = captioner.caption(paths());

    assertThat(replaced.columns()).containsExactly("path");
    assertThat(replaced.select("path.finish_reason").first().getString(0)).isEqualTo("length");
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeAnythingRuns() {
    LoupeCaptioner captioner = new LoupeCaptioner();
    assertThatThrownBy(() -> captioner.caption(paths()))
        .hasMessage("content: expected a column of this name, found path");
    assertThatThrownBy(() -> captioner.option("modle", "x"))
        .hasMessageStartingWith("modle: expected one of inputCol, outputCol, promptCol, model,");
    assertThatThrownBy(() -> captioner.option("maxNewTokens", "many"))
        .hasMessage("maxNewTokens: expected a whole number, found many");
    captioner.option("inputCol", "path");
    assertThatThrownBy(
            () -> captioner.copy(ParamMap.empty()).option("dtype", "int8").caption(paths()))
        .hasMessageContaining("dtype: expected one of float32, bfloat16, float16, found int8");
    assertThatThrownBy(
            () -> captioner.copy(ParamMap.empty()).option("weights", "int3").caption(paths()))
        .hasMessageStartingWith("weights: expected int8, int4, ")
        .hasMessageEndingWith(", found int3");
    assertThatThrownBy(() ->
            captioner
                .copy(ParamMap.empty())
                .option("weights", "int4")
                .option("dtype", "float16")
                .caption(paths()))
        .hasMessage("weights: expected the type float32 with it, found float16");
    assertThatThrownBy(() -> captioner.copy(ParamMap.empty()).option("topK", 3).caption(paths()))
        .hasMessage("topK: expected a seed with it, found none");
    assertThatThrownBy(() -> captioner.copy(ParamMap.empty()).option("batch", 0).caption(paths()))
        .hasMessage("batch: expected at least 1, found 0");
    assertThatThrownBy(
            () -> captioner.copy(ParamMap.empty()).option("maxPixels", "big").caption(paths()))
        .hasMessage("maxPixels: expected a whole number, or model, found big");
    assertThatThrownBy(
            () -> captioner.copy(ParamMap.empty()).option("detail", "huge").caption(paths()))
        .hasMessage("detail: expected low, medium, high or full, found huge");
    assertThatThrownBy(() ->
            captioner
                .copy(ParamMap.empty())
                .option("detail", "low")
                .option("maxPixels", 50176)
                .caption(paths()))
        .hasMessage("detail: expected no maxPixels beside it, found both; give one of them");
    assertThatThrownBy(() ->
            captioner
                .copy(ParamMap.empty())
                .option("inputCol", "n")
                .caption(spark.range(1).toDF("n")))
        .hasMessage("n: expected a column of binary or string, found long");
  }

  @Test
  void aModelThatIsNotThereFailsTheTaskWithWhatIsMissing() {
    LoupeCaptioner captioner =
        new LoupeCaptioner().option("inputCol", "path").option("model", "/no/such/model");

    assertThatThrownBy(() -> captioner.caption(paths()).collectAsList())
        .rootCause()
        .hasMessageContaining("/no/such/model: expected a model folder");
  }

  @Test
  void theMemoryOfAnExecutorIsStated() throws IOException {
    ExecutorMemory small = new LoupeCaptioner().memory(2, 1);
    ExecutorMemory large = new LoupeCaptioner().option("model", "synthetic:2b").memory(2, 2);

    assertThat(large.weights()).isBetween(4_400_000_000L, 5_000_000_000L);
    assertThat(large.answers()).isBetween(300_000_000L, 1_500_000_000L);
    assertThat(small.pictures()).isEqualTo(2 * new LoupeCaptioner().memory(2, 2).pictures());
    assertThat(large.options())
        .matches("--conf spark.executor.memory=\\d+m --conf spark.executor.memoryOverhead=\\d+m");
  }
}
