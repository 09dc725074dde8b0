package dev.loupe.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The text of a class of tiles, and what all tiles have in common: how one is found and called, and
 * how it begins and ends. What lies between, the loop over the depth, is up to who writes it.
 */
final class TileSource {
  private final StringBuilder out = new StringBuilder();
  private final String parameters;
  private final String arguments;

  /**
   * A text that is still empty.
   *
   * @param depth the parameters that say how far a tile goes along the depth, and how
   */
  TileSource(String... depth) {
    parameters =
        "MemorySegment a, long a0, long aStride, MemorySegment w, long w0, long wStride, int %s,"
                .formatted(String.join(", int ", depth))
            + " float[] sums";
    arguments = "a, a0, aStride, w, w0, wStride, %s, sums".formatted(String.join(", ", depth));
  }

  /**
   * Writes the class into its package.
   *
   * @param sources the folder of generated sources
   */
  void write(String sources, String name) throws IOException {
    Path folder = Path.of(sources, "dev", "loupe", "tensor", "internal");
    Files.createDirectories(folder);
    Path file = folder.resolve(name + ".java");
    // An unchanged file keeps its time, and the compiler its work.
    if (!Files.exists(file) || !Files.readString(file).equals(out.toString())) {
      Files.writeString(file, out);
    }
  }

  void text(String text) {
    out.append(text);
  }

  void line(String text) {
    out.append(text).append('\n');
  }

  /** The parameters of a choice among tiles, in their order. */
  String signature() {
    return "int rows, int panels, " + parameters;
  }

  /** What such a choice passes on. */
  String signatureArguments() {
    return "rows, panels, " + arguments;
  }

  /**
   * The method that chooses among the tiles of one type of weights.
   *
   * @param widths the numbers of panels for a number of rows
   */
  void dispatch(String weights, int[] heights, IntFunction<int[]> widths) {
    line("");
    line("  /** One tile of a height by one, two or four panels. */");
    line("  static void %s(%s) {".formatted(weights, signature()));
    line("    switch (rows * 8 + panels) {");
    for (int rows : heights) {
      for (int panels : widths.apply(rows)) {
        String call = "%s(%s)".formatted(name(weights, rows, panels), arguments);
        line("      case %d * 8 + %d -> %s;".formatted(rows, panels, call));
      }
    }
    line("      default ->");
    line("          throw new IllegalArgumentException(\"tile of \" + rows + \" x \" + panels);");
    line("    }");
    line("  }");
  }

  private static String name(String weights, int rows, int panels) {
    return "%sRows%dPanels%d".formatted(weights, rows, panels);
  }

  /** Begins a tile: addresses of its rows and panels, and sums. */
  void begin(String weights, int rows, int panels) {
    line("");
    line("  private static void %s(%s) {".formatted(name(weights, rows, panels), parameters));
    // Who asks a segment something lets C2 see its class, and every access after it is without a
    // question. Otherwise each load and store asks again, because the JDK's own accesses, which all
    // callers share, have met segments of arrays as well (reinterpretAsFloats, before C2 has it).
    for (String segment : List.of("a", "w")) {
      line("    %s.isNative();".formatted(segment));
    }
    addresses("a", rows);
    addresses("w", panels);
    if (rows > 1) {
      line("    FloatVector zero = FloatVector.zero(F);");
    }
    for (int r = 0; r < rows; r++) {
      for (int p = 0; p < panels; p++) {
        String start = rows > 1 ? "zero" : "FloatVector.fromArray(F, sums, %d)".formatted(16 * p);
        line("    FloatVector %s = %s;".formatted(sum(r, p), start));
      }
    }
  }

  private void addresses(String matrix, int count) {
    for (int i = 1; i < count; i++) {
      line("    long %s%d = %s%d + %sStride;".formatted(matrix, i, matrix, i - 1, matrix));
    }
  }

  /** Ends a tile: stores its sums. */
  void end(int rows, int panels) {
    // Stored are copies (x * 1 has the bits of x), because a store may be inlined when the class of
    // a sum is still unknown. What is stored is then an object; without a copy the sum is one, in
    // every step of the loop, at a third of the speed, in many processes. In none with copies.
    line("    FloatVector one = FloatVector.broadcast(F, 1f);");
    for (int r = 0; r < rows; r++) {
      for (int p = 0; p < panels; p++) {
        int at = 16 * (r * panels + p);
        line("    one.mul(%s).intoArray(sums, %d);".formatted(sum(r, p), at));
      }
    }
    line("  }");
  }

  /** The variable of a sum. */
  static String sum(int row, int panel) {
    return "s%d_%d".formatted(row, panel);
  }

  /** The float16 numbers in the high halves of words, as float32. */
  static String float16(String words) {
    return words
        + ".lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats()"
        + ".mul(PanelProducts.REBIAS)";
  }
}
