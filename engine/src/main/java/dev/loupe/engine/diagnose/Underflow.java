package dev.loupe.engine.diagnose;

import java.util.List;

/**
 * How the results of a whole run met the lower end of the range.
 *
 * @param elements how many results there were
 * @param zeroed how many became 0 that were not
 * @param subnormal how many became subnormal
 */
public record Underflow(long elements, long zeroed, long subnormal) {

  /** That of all operations together. */
  static Underflow of(List<OperationRange> operations) {
    return new Underflow(
        operations.stream().mapToLong(OperationRange::elements).sum(),
        operations.stream().mapToLong(OperationRange::zeroed).sum(),
        operations.stream().mapToLong(OperationRange::subnormal).sum());
  }
}
