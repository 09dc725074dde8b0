package dev.loupe.cli.bench;

import java.util.List;

/**
 * What a model and a machine can do. Each figure is the median of its repeats.
 *
 * @param model name of the model
 * @param threads how many threads computed
 * @param backend for people: {@code vector 512 bit, 2 threads}
 * @param profile the arithmetic, for people
 * @param peaks of the machine, measured between the repeats
 */
record BenchReport(
    String model,
    int threads,
    String backend,
    String profile,
    Peaks peaks,
    Load load,
    List<Prefill> prefill,
    List<Decode> decode,
    List<Image> image) {

  /** Billions of operations and of bytes a second. */
  record Peaks(double fmaGflops, double readGbPerSecond) {}

  /**
   * Loading, and the memory of the load and of the first round.
   *
   * @param cached whether the load used a file of packed weights from an earlier load
   * @param peakRssBytes the most memory that was resident; -1 if the system does not report it
   */
  record Load(double seconds, boolean cached, long peakRssBytes, long weightBytes) {}

  /** A prompt. */
  record Prefill(int tokens, double tokensPerSecond, double gflops, double shareOfFmaPeak) {}

  /** Tokens after a context, of all sequences of a batch together. */
  record Decode(
      int batch, int context, double tokensPerSecond, double gbPerSecond, double shareOfReadPeak) {}

  /** The tower on a picture. */
  record Image(
      int width,
      int height,
      int patches,
      double milliseconds,
      double gflops,
      double shareOfFmaPeak) {}

  /** Copies the lists. */
  BenchReport {
    prefill = List.copyOf(prefill);
    decode = List.copyOf(decode);
    image = List.copyOf(image);
  }
}
