package dev.loupe.vision;

import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.BicubicResampler;
import java.util.Random;
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

/** Resizing a picture of 12 megapixels, and one that a web page would show. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ResamplerBenchmark {

  @Param({"4000x3000", "800x600"})
  private String size;

  private RgbImage image;

  @Setup
  public void draw() {
    int width = Integer.parseInt(size.split("x")[0]);
    int height = Integer.parseInt(size.split("x")[1]);
    byte[] samples = new byte[width * height * RgbImage.CHANNELS];
    new Random(1).nextBytes(samples);
    image = RgbImage.of(width, height, samples);
  }

  @Benchmark
  public RgbImage resize() {
    return BicubicResampler.resize(image, 896, 672);
  }
}
