package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Backend;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

/** What a program that embeds Loupe relies on. */
class EmbeddingTest {
  private static final Prompt QUESTION = Prompt.of("What color is the ring?");
  private static final GenerationOptions SHORT = GenerationOptions.greedy().maxNewTokens(4);

  /** Warnings of the engine while something runs. */
  private static List<LogRecord> logged(ThrowingRunnable work) throws IOException {
    List<LogRecord> records = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord r) {
            records.add(r);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.loupe.engine");
    logger.addHandler(handler);
    try {
      work.run();
      return records;
    } finally {
      logger.removeHandler(handler);
    }
  }

  private interface ThrowingRunnable {
    void run() throws IOException;
  }

  @Test
  void withoutTheVectorModuleALoadWarnsOnceWithTheFlag() throws IOException {
    List<LogRecord> records =
        logged(() -> {
          try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
            model.generate(QUESTION, SHORT);
            model.generate(QUESTION, SHORT);
            String kernels = Backend.whyScalar().isEmpty() ? "vector " : "scalar";
            assertThat(model.backend()).startsWith(kernels);
          }
        });
    if (Backend.whyScalar().isEmpty()) {
      assertThat(records).as("otherwise silent").isEmpty();
    } else {
      assertThat(records).hasSize(1);
      assertThat(new SimpleFormatter().formatMessage(records.getFirst()))
          .contains("--add-modules jdk.incubator.vector");
    }
  }

  @Test
  void fiftyModelsLeaveNoMemoryBehind() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps), "needs /proc/self/maps");
    loadAndAsk(10);
    long heap = heapInUse();
    long mapped = mappedBytes(maps);
    loadAndAsk(50);
    // One leaked model of 2.5 M float32 weights is 10 MB, so 50 of them are 500 MB; noise is what
    // the JVM's own compiler and collector take meanwhile.
    assertThat(heapInUse() - heap).isLessThan(20L << 20);
    assertThat(mappedBytes(maps) - mapped).isLessThan(100L << 20);
  }

  private static void loadAndAsk(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
          ChatSession chat = model.newChat(SHORT.maxNewTokens(1))) {
        chat.send(Prompt.of("ring"));
      }
    }
  }

  private static long heapInUse() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Address space outside the Java heap grows with each mapping or arena that is not freed. */
  private static long mappedBytes(Path maps) throws IOException {
    long bytes = 0;
    for (String line : Files.readAllLines(maps)) {
      String[] range = line.substring(0, line.indexOf(' ')).split("-");
      bytes += Long.parseUnsignedLong(range[1], 16) - Long.parseUnsignedLong(range[0], 16);
    }
    return bytes;
  }

  @Test
  void closeWaitsForTheRunningAnswer() throws Exception {
    Qwen2Vl model = Qwen2Vl.loadBuiltIn();
    CountDownLatch answering = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    TokenListener slow =
        (id, text) -> {
          answering.countDown();
          try {
            return goOn.await(1, TimeUnit.MINUTES);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    CompletableFuture<Generation> answer =
        CompletableFuture.supplyAsync(() -> model.generate(QUESTION, SHORT, slow));
    assertThat(answering.await(1, TimeUnit.MINUTES)).isTrue();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(model::close);
    assertThat(closing).isNotDone();
    goOn.countDown();
    assertThat(answer.get(1, TimeUnit.MINUTES).tokens()).isNotEmpty();
    closing.get(1, TimeUnit.MINUTES);
    assertThatThrownBy(() -> model.generate(QUESTION, SHORT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> model.newChat(SHORT)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() ->
            model.generateAll(
                1,
                List.of(new BatchRequest<>("one", () -> QUESTION, SHORT)).iterator(),
                new BatchListener<String>() {
                  @Override
                  public void completed(String key, Generation g) {}

                  @Override
                  public void failed(String key, Exception reason) {}
                }))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void timingsCoverTheAnswer() throws IOException {
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      long start = System.nanoTime();
      Timings t =
          model.caption(TestFiles.file("pictures/scenes/scene-001.png")).generation().timings();
      long total = System.nanoTime() - start;
      assertThat(t.image()).isPositive();
      assertThat(t.prefill()).isPositive();
      assertThat(t.decode()).isPositive();
      assertThat(t.image().plus(t.prefill()).plus(t.decode()).toNanos()).isLessThan(total);
    }
  }
}
