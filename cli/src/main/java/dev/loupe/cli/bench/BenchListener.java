package dev.loupe.cli.bench;

/** Hears what is measured next. */
@FunctionalInterface
interface BenchListener {

  /**
   * A measurement begins.
   *
   * @param name {@code prefill 256}
   * @param done how many runs are done
   * @param total how many there will be
   */
  void measuring(String name, int done, int total);
}
