package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class CoresTest {

  private static final String EXECUTOR =
      "org.apache.spark.executor.CoarseGrainedExecutorBackend --executor-id 0 --cores 6 --app-id x";

  private static SparkConf conf(String... pairs) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < pairs.length; i += 2) {
      conf.set(pairs[i], pairs[i + 1]);
    }
    return conf;
  }

  @Test
  void aLocalMasterSaysHowManyThereAre() {
    assertThat(Cores.of(conf("spark.master", "local[3]"), "")).isEqualTo(new Cores(3, 1));
    assertThat(Cores.of(conf("spark.master", "local[4, 2]"), "")).isEqualTo(new Cores(4, 1));
    assertThat(Cores.of(conf("spark.master", "local"), "")).isEqualTo(new Cores(1, 1));
    assertThat(Cores.of(conf("spark.master", "local[*]"), "").cores())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void anExecutorKnowsThemFromTheConfigurationOrItsCommand() {
    String master = "spark://host:7077";
    assertThat(
            Cores.of(conf("spark.master", master, "spark.executor.cores", "5"), EXECUTOR).cores())
        .isEqualTo(5);
    assertThat(Cores.of(conf("spark.master", master), EXECUTOR).cores()).isEqualTo(6);
  }

  @Test
  void threadsFollowTheCpusOfATask() {
    Cores four = Cores.of(conf("spark.task.cpus", "4"), EXECUTOR);

    assertThat(four.tasks()).isEqualTo(1);
    assertThat(four.threads()).isEqualTo(4);
    assertThat(Cores.of(conf("spark.task.cpus", "2"), EXECUTOR).threads()).isEqualTo(6);
  }
}
