package dev.loupe.tensor;

import dev.loupe.testkit.TestFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A golden file in safetensors form, read whole: eight bytes of header length, the header, the
 * data. Only for files that the project made itself; the checking reader is {@code SafetensorsFile}
 * of another module, which this one cannot see.
 */
public final class GoldenFile {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\"([^\"]+)\":\\{\"dtype\":\"(\\w+)\",\"shape\":\\[([\\d,]*)],"
              + "\"data_offsets\":\\[(\\d+),(\\d+)]}");

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String origin;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private GoldenFile(String origin, byte[] bytes) {
    this.origin = origin;
    MemorySegment file = MemorySegment.ofArray(bytes);
    long headerLength = file.get(LENGTH, 0);
    long data = Long.BYTES + headerLength;
    String header =
        new String(bytes, Long.BYTES, Math.toIntExact(headerLength), StandardCharsets.UTF_8);
    Matcher entry = ENTRY.matcher(header.replace(" ", ""));
    while (entry.find()) {
      long[] dims =
          Arrays.stream(entry.group(3).split(","))
              .filter(dim -> !dim.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray();
      long from = Long.parseLong(entry.group(4));
      long to = Long.parseLong(entry.group(5));
      DType dtype = DType.named(entry.group(2)).orElseThrow();
      tensors.put(
          entry.group(1), new Tensor(dtype, Shape.of(dims), file.asSlice(data + from, to - from)));
    }
  }

  /** The file of this name in the test resources of this module. */
  public static GoldenFile resource(String name) throws IOException {
    try (InputStream in = GoldenFile.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException("src/test/resources/" + name + ": expected a golden file");
      }
      return new GoldenFile(name, in.readAllBytes());
    }
  }

  /**
   * The file at this path in the folder that the system property {@code loupe.shared} names; the
   * test that asks is skipped where it is absent.
   */
  public static GoldenFile shared(String path) throws IOException {
    return new GoldenFile(path, Files.readAllBytes(TestFiles.shared(path)));
  }

  /** The file at this path. */
  public static GoldenFile of(Path file) throws IOException {
    return new GoldenFile(file.toString(), Files.readAllBytes(file));
  }

  /** The names of all tensors, in the order of the header. */
  public Set<String> names() {
    return tensors.keySet();
  }

  /** The tensor of this name. */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new AssertionError(name + ": expected in " + origin + ", found " + names());
    }
    return tensor;
  }

  /** The elements of a tensor of 16-bit words, row-major. */
  public short[] shorts(String name) {
    return tensor(name).segment().toArray(Tensor.HALF);
  }

  /** The elements of a tensor of 32-bit words, row-major. */
  public int[] ints(String name) {
    return tensor(name).segment().toArray(Tensor.INT);
  }
}
