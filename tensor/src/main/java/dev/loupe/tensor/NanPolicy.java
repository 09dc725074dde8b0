package dev.loupe.tensor;

/**
 * What a NaN becomes when a float32 is narrowed to 16 bits. IEEE 754 leaves it open, and processors
 * differ; every other value has one right answer.
 *
 * <p>Loupe writes {@link #CANONICAL} by default: Java does not promise that the payload of a NaN
 * outlives float arithmetic, so only a constant is the same on every machine. Comparisons with
 * other implementations therefore take NaN as one class.
 */
public enum NanPolicy {
  /** One pattern for all, 0x7FFF in both formats: what NVIDIA's conversions return. */
  CANONICAL,

  /**
   * Sign and leading payload bits stay, and the NaN becomes quiet: what x86 (F16C) and AArch64 do,
   * and through them {@link Float#floatToFloat16}.
   */
  KEEP_PAYLOAD
}
