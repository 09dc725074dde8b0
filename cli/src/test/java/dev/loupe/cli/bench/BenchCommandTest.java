package dev.loupe.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  @TempDir private Path folder;

  @Test
  void theObjectHasEveryFieldOfTheContractAndItsFiguresArePossible() {
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "--prefill",
            "8,40",
            "--decode",
            "5",
            "--batch",
            "1,3",
            "--image",
            "56x84",
            "--repeat",
            "2",
            "--json",
            "-");

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat(json)
        .containsEntry("model", "captioner")
        .containsKeys("threads", "backend", "peaks", "load", "prefill", "decode", "image");
    positive(object(json.get("peaks")), "fma_gflops", "read_gb_per_s");
    Map<String, Object> load = object(json.get("load"));
    positive(load, "seconds", "weight_bytes");
    assertThat(load).containsEntry("cached", false).containsKey("peak_rss_bytes");

    List<Map<String, Object>> prefill = objects(json.get("prefill"));
    assertThat(prefill).extracting("tokens").containsExactly(8, 40);
    prefill.forEach(p -> positive(p, "tokens_per_second", "gflops", "share_of_fma_peak"));

    List<Map<String, Object>> decode = objects(json.get("decode"));
    assertThat(decode).extracting("batch").containsExactly(1, 3);
    assertThat(decode).extracting("context").containsExactly(5, 5);
    decode.forEach(d -> positive(d, "tokens_per_second", "gb_per_s", "share_of_read_peak"));

    Map<String, Object> image = objects(json.get("image")).getFirst();
    assertThat(image)
        .containsEntry("width", 56)
        .containsEntry("height", 84)
        .containsEntry("patches", 24);
    positive(image, "milliseconds", "gflops", "share_of_fma_peak");

    // Nothing computes faster than the peak; its weights fit the cache, so it may read faster.
    prefill.forEach(p -> assertThat(number(p, "share_of_fma_peak")).isLessThan(1.1));
    decode.forEach(d -> assertThat(number(d, "share_of_read_peak")).isLessThan(20));
  }

  @Test
  void anEmptyListLeavesAPartOut() {
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "--prefill",
            "",
            "--decode",
            "",
            "--image",
            "",
            "--repeat",
            "1",
            "--json",
            "-");
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat(objects(json.get("prefill"))).isEmpty();
    assertThat(objects(json.get("decode"))).isEmpty();
    assertThat(objects(json.get("image"))).isEmpty();
  }

  @Test
  void aPersonGetsATableAndTheFileTheObject() throws IOException {
    Path file = folder.resolve("bench.json");
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "--prefill",
            "8",
            "--decode",
            "",
            "--image",
            "",
            "--repeat",
            "1",
            "--json",
            file);
    assertThat(run.lines())
        .hasSize(6)
        .anyMatch(line -> line.matches("prefill  8 tokens .*tokens/s .*GFLOP/s .*%"))
        .anyMatch(line -> line.matches("peak     read .*GB/s"));
    assertThat(JsonLines.of(file)).singleElement().asString().contains("captioner");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--repeat=0       | repeats: expected at least 1, found 0",
        "--prefill=0      | prefill: expected at least 1, found 0",
        "--prefill=a      | --prefill: expected numbers with commas between, found a",
        "--batch=-1       | batch: expected at least 1, found -1",
        "--decode=1.5     | --decode: expected numbers with commas between, found 1.5",
        "--image=224      | --image: expected sizes such as 448x448, found 224",
        "--image=225x224  | picture size: expected multiples of 28 pixels, found 225x224",
        "--prefill=2049   | prefill: expected at most 2048 tokens for this model, found 2049",
        "--decode=1985    | context: expected at most 1984 tokens for this model, found 1985",
        "--dtype=int8     | --dtype: expected one of float32, bfloat16, float16, found int8"
      })
  void wrongOptionsMakeNoSense(String option, String message) {
    CommandLineRun run = CommandLineRun.of("bench", option);
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).startsWith("loupe: " + message);
  }

  @Test
  void aFileThatCannotBeWrittenIsToldBeforeAnythingIsMeasured() {
    CommandLineRun run = CommandLineRun.of("bench", "--json", folder.resolve("none/bench.json"));
    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .endsWith("expected the name of a file in an existing folder, found none");
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
  }

  private static void positive(Map<String, Object> object, String... fields) {
    for (String field : fields) {
      assertThat(number(object, field)).as(field).isPositive();
    }
  }

  private static double number(Map<String, Object> object, String field) {
    return ((Number) object.get(field)).doubleValue();
  }

  @SuppressWarnings("unchecked") // The keys of a JSON object are strings.
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  private static List<Map<String, Object>> objects(Object value) {
    return ((List<?>) value).stream().map(BenchCommandTest::object).toList();
  }
}
