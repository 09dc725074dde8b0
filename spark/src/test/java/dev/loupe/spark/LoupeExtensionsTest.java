package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** The SQL function, as a session finds it without any configuration. */
class LoupeExtensionsTest {

  private static final int SCENES = 12;

  @TempDir static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void start() throws IOException {
    Scenes.draw(folder.resolve("in"), 0, SCENES);
    spark = LocalSpark.builder(folder).getOrCreate();
    spark
        .read()
        .format("binaryFile")
        .option("recursiveFileLookup", "true")
        .load(folder.resolve("in").toString())
        .createOrReplaceTempView("pictures");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @AfterEach
  void forgetSettings() {
    List.of("maxNewTokens", "prompt", "seed", "nonsense")
        .forEach(name -> spark.conf().unset("spark.loupe." + name));
  }

  @Test
  void theFunctionGivesTheCaptionsOfTheTransformer() {
    List<Row> expected =
        new LoupeCaptioner()
            .caption(spark.table("pictures"))
            .select("path", "caption")
            .sort("path")
            .collectAsList();

    assertThat(sql("SELECT path, loupe_caption(content) FROM pictures ORDER BY path"))
        .isEqualTo(expected);
    assertThat(sql("SELECT path, loupe_caption(path) FROM pictures ORDER BY path"))
        .isEqualTo(expected);
  }

  @Test
  void aQuestionIsAnArgumentAndSettingsAreThoseOfTheSession() {
    sql("SET spark.loupe.maxNewTokens = 3");

    List<Row> rows =
        sql("SELECT c.* FROM (SELECT loupe_caption(content, 'What is it?') AS c FROM pictures)");

    assertThat(rows)
        .hasSize(SCENES)
        .allSatisfy(row -> {
          assertThat(row.<String>getAs("prompt")).isEqualTo("What is it?");
          assertThat(row.<String>getAs("finish_reason")).isEqualTo("length");
          assertThat(row.getList(row.fieldIndex("tokens"))).hasSize(3);
        });
  }

  @Test
  void aCaptionThatAQueryUsesTwiceIsMadeOnce() throws Exception {
    long[] counted = new long[1];
    spark
        .sparkContext()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onStageCompleted(SparkListenerStageCompleted stage) {
                for (AccumulableInfo info :
                    CollectionConverters.asJava(stage.stageInfo().accumulables()).values()) {
                  if (info.name().contains("loupe pictures")) {
                    counted[0] += (Long) info.value().get();
                  }
                }
              }
            });

    List<Row> rows =
        sql(
            "SELECT c.text, c.hash FROM (SELECT loupe_caption(content) AS c FROM pictures)"
                + " WHERE c.error IS NULL AND c.width > 0");
    spark.sparkContext().listenerBus().waitUntilEmpty();

    assertThat(rows).hasSize(SCENES);
    assertThat(counted[0]).isEqualTo(SCENES);
  }

  @Test
  void whatIsNoPictureHasAnError() {
    Row row = sql("SELECT c.error FROM (SELECT loupe_caption(X'00') AS c)").getFirst();

    assertThat(row.getString(0)).startsWith("picture: expected a picture (");
  }

  @Test
  void nonsenseIsRefusedInWords() {
    assertThatThrownBy(() -> sql("SELECT loupe_caption() FROM pictures"))
        .hasStackTraceContaining(
            "loupe_caption: expected content, or content and prompt, found 0 arguments");
    sql("SET spark.loupe.nonsense = 3");
    assertThatThrownBy(() -> sql("SELECT loupe_caption(content) FROM pictures"))
        .hasStackTraceContaining("spark.loupe.nonsense: expected spark.loupe. and one of model,");
  }

  @Test
  void theFunctionIsDescribed() {
    assertThat(sql("DESCRIBE FUNCTION loupe_caption").toString())
        .contains("loupe_caption(content [, prompt])", "hash");
  }

  private static List<Row> sql(String query) {
    return spark.sql(query).collectAsList();
  }
}
