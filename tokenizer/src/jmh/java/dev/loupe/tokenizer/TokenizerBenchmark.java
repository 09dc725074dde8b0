package dev.loupe.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Loading a tokenizer, and text to ids and back. The folder is that of a checkpoint: {@code -p
 * folder=models/Qwen2-VL-2B-Instruct}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  private static final String TEXT =
      "A red kite is perched on a fence post beside a gravel road. In 2024 there were 1,900 pairs; "
          + "Milane brüten in hohen Bäumen. 红鸢栖息在篱笆桩上。\n";

  @Param("../shared/qwen2-tokenizer")
  private String folder;

  private Tokenizer tokenizer;
  private int[] ids;

  @Setup
  public void load() throws IOException {
    tokenizer = Tokenizer.load(Path.of(folder));
    ids = tokenizer.encode(TEXT);
  }

  @Benchmark
  public Tokenizer loadFiles() throws IOException {
    return Tokenizer.load(Path.of(folder));
  }

  @Benchmark
  public int[] encode() {
    return tokenizer.encode(TEXT);
  }

  @Benchmark
  public String decode() {
    return tokenizer.decode(ids, true);
  }
}
