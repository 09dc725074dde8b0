package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.GoldenFile;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.TensorCore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code gpu/capture.py} recorded on devices, one folder each, named {@code
 * architecture-device}. There is none yet: nobody who worked on this had a GPU.
 */
class GpuDeviceTest {
  private static final Path DEVICES = Path.of("src/test/resources/gpu");
  private static final int TILE = 64;
  private static final int STEP = 16;

  static List<Path> devices() throws IOException {
    if (Files.notExists(DEVICES)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(DEVICES)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static TensorCore core(Path device) {
    String name = device.getFileName().toString();
    return TensorCore.valueOf(name.substring(0, name.indexOf('-')).toUpperCase(Locale.ROOT));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void everyStepOfTheDeviceIsRepeated(Path device) throws IOException {
    GoldenFile steps = GoldenFile.of(device.resolve("steps.safetensors"));
    int blocks = 0;
    for (String d : steps.names().stream().filter(name -> name.endsWith(".d")).toList()) {
      String name = d.substring(0, d.length() - 1);
      assertThat(step(core(device), format(name), steps, name)).as(name).isEqualTo(steps.ints(d));
      blocks++;
    }
    assertThat(blocks).isEqualTo(2 * 6 * 3);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void productsOfAFixedOrderAreRepeated(Path device) throws IOException {
    GoldenFile products = GoldenFile.of(device.resolve("order.safetensors"));
    assertThat(products.names()).hasSize(2 * 12);
    for (String name : products.names()) {
      assertThat(product(core(device), name)).as(name).isEqualTo(products.ints(name));
    }
  }

  /** cuBLAS chooses its order: this says how far it is, and holds nothing but that it was read. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void productsOfCublasAreCompared(Path device) throws IOException {
    GoldenFile products = GoldenFile.of(device.resolve("cublas.safetensors"));
    for (String name : products.names().stream().filter(n -> !n.endsWith(".half")).toList()) {
      int[] ours = product(core(device), name);
      int[] theirs = products.ints(name);
      int differing = 0;
      for (int i = 0; i < ours.length; i++) {
        differing += ours[i] == theirs[i] ? 0 : 1;
      }
      System.out.printf("%s %s: %d of %d differ%n", device, name, differing, ours.length);
      assertThat(theirs).hasSameSizeAs(ours);
    }
  }

  /** The first numbers of {@code rule("x64x1536", 3, 2.0)} in the script. */
  @Test
  void operandsAreThoseOfTheScript() {
    assertThat(rule("x64x1536", 3, 2))
        .containsExactly(0x1.45cdfcp0f, -0x1.c0cc7p-2f, -0x1.2e342cp0f);
  }

  private static HalfFormat format(String name) {
    return name.startsWith("float16.") ? HalfFormat.FLOAT16 : HalfFormat.BFLOAT16;
  }

  private static int[] step(TensorCore core, HalfFormat format, GoldenFile steps, String name)
      throws IOException {
    TensorCoreStep step = new TensorCoreStep(core, format, DType.F32);
    short[] a = steps.shorts(name + "a");
    short[] b = steps.shorts(name + "b");
    int[] c = steps.ints(name + "c");
    float[] x = new float[STEP];
    float[] y = new float[STEP];
    int[] d = new int[TILE * TILE];
    for (int i = 0; i < d.length; i++) {
      for (int k = 0; k < STEP; k++) {
        x[k] = format.toFloat(a[i / TILE * STEP + k]);
        y[k] = format.toFloat(b[k * TILE + i % TILE]);
      }
      float sum = Float.intBitsToFloat(c[i]);
      for (int k = 0; k < STEP; k += core.terms()) {
        sum = step.of(x, y, k, core.terms(), sum);
      }
      d[i] = bits(sum);
    }
    return d;
  }

  /** The kept part of the product {@code TYPE.ROWS.OUTPUTS.DEPTH}. */
  private static int[] product(TensorCore core, String name) {
    String[] parts = name.split("\\.");
    int rows = Integer.parseInt(parts[1]);
    int outputs = Integer.parseInt(parts[2]);
    int depth = Integer.parseInt(parts[3]);
    HalfFormat format = format(name);
    float[] x = kept("x" + rows + "x" + depth, rows, depth, 2, format);
    float[] w = kept("w" + outputs + "x" + depth, outputs, depth, Math.sqrt(3.0 / depth), format);
    try (Arena arena = Arena.ofConfined()) {
      PanelMatrix weights = PanelMatrix.allocate(arena, DType.F32, TILE, depth);
      weights.packPanels(Tensor.ofFloats(arena, w, TILE, depth), DType.F32, 0, weights.panels());
      Tensor y = Tensor.allocate(arena, DType.F32, TILE, TILE);
      Products products = new VectorTensorCoreProducts(core, format, DType.F32);
      products.multiply(
          Rows.of(Tensor.ofFloats(arena, x, TILE, depth)),
          weights,
          PanelRange.all(weights),
          Rows.of(y),
          false,
          new float[products.scratch()]);
      int[] found = KernelNumbers.bits(y);
      for (int i = 0; i < found.length; i++) {
        found[i] = bits(Float.intBitsToFloat(found[i]));
      }
      return found;
    }
  }

  /** 64 rows of a matrix made by rule, evenly spread. */
  private static float[] kept(String name, int rows, int depth, double scale, HalfFormat format) {
    float[] all = rule(name, rows * depth, scale);
    float[] kept = new float[TILE * depth];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = format.round(all[i / depth * rows / TILE * depth + i % depth]);
    }
    return kept;
  }

  /** Numbers in (-scale, scale): splitmix64 from FNV-1a of the name, 24 bits each. */
  private static float[] rule(String name, int count, double scale) {
    long seed = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.US_ASCII)) {
      seed = (seed ^ b) * 0x100000001b3L;
    }
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      long z = seed + (i + 1) * 0x9e3779b97f4a7c15L;
      z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
      z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
      z ^= z >>> 31;
      numbers[i] = (float) (((z >>> 40) * 2.0 / (1 << 24) - 1.0) * scale);
    }
    return numbers;
  }

  /** NaN is one value, that of the devices. */
  private static int bits(float x) {
    return Float.isNaN(x) ? 0x7fffffff : Float.floatToRawIntBits(x);
  }
}
