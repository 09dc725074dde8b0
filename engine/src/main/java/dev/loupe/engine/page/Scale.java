package dev.loupe.engine.page;

/**
 * From a number to a coordinate.
 *
 * @param from the number at {@code start}
 * @param to the number at {@code end}
 * @param start a coordinate
 * @param end another one; less than {@code start} on an axis that runs upwards
 * @param logarithmic whether equal factors are equally far apart
 */
public record Scale(double from, double to, double start, double end, boolean logarithmic) {

  public static Scale linear(double from, double to, double start, double end) {
    return new Scale(from, to, start, end, false);
  }

  public static Scale logarithmic(double from, double to, double start, double end) {
    return new Scale(from, to, start, end, true);
  }

  /** The coordinate of a number; that of the nearer end if it lies outside. */
  public double at(double value) {
    double low = place(from);
    double share = (place(Math.clamp(value, from, to)) - low) / (place(to) - low);
    return start + share * (end - start);
  }

  /** Strict, so that a page is the same on every machine. */
  private double place(double value) {
    return logarithmic ? StrictMath.log10(value) : value;
  }
}
