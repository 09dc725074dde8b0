package dev.loupe.engine.sampling;

/**
 * The properties of a GPU that decide which random number goes to which element. Devices with
 * different properties can give different tokens for the same seed.
 *
 * @param name as users call it
 * @param multiprocessors {@code multiProcessorCount} of {@code torch.cuda.get_device_properties}
 * @param threadsPerMultiprocessor {@code max_threads_per_multi_processor} of the same
 */
public record CudaDevice(String name, int multiprocessors, int threadsPerMultiprocessor) {
  /** Turing. */
  public static final CudaDevice T4 = new CudaDevice("T4", 40, 1024);

  /** Ampere, for graphics. */
  public static final CudaDevice A10 = new CudaDevice("A10", 72, 1536);

  /** Ampere, for computing. */
  public static final CudaDevice A100 = new CudaDevice("A100", 108, 2048);

  /** Hopper. */
  public static final CudaDevice H200 = new CudaDevice("H200", 132, 2048);

  private static final int BLOCK = 256;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the device could not run one block of threads
   */
  public CudaDevice {
    if (multiprocessors < 1 || threadsPerMultiprocessor < BLOCK) {
      throw new IllegalArgumentException(
          "CUDA device %s: expected at least 1 multiprocessor of %d threads, found %d of %d"
              .formatted(name, BLOCK, multiprocessors, threadsPerMultiprocessor));
    }
  }

  /** The threads that PyTorch starts to fill a tensor of {@code elements} random numbers. */
  int threads(int elements) {
    int blocksWanted = (elements + BLOCK - 1) / BLOCK;
    int blocksThatFit = multiprocessors * (threadsPerMultiprocessor / BLOCK);
    return BLOCK * Math.min(blocksWanted, blocksThatFit);
  }
}
