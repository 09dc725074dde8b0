package dev.loupe.weights.file;

import java.lang.foreign.MemorySegment;

/** Tensors of a mapped file, as segments of the class that allocated memory has. */
public final class MappedFile {
  private MappedFile() {}

  /**
   * Part of a file, not as the subclass of segments that a mapping is made of: where the vector
   * loads of the platform have seen two classes of segments, C2 tests for both in every loop, and
   * which test it hoists depends on what ran first. The vision tower is then much slower.
   *
   * <p>A segment of a buffer's view is such a segment and stays within the scope of the mapping. A
   * buffer ends at 2 GiB; larger tensors stay mapped segments, which changes no result.
   */
  public static MemorySegment slice(MemorySegment file, long offset, long bytes) {
    return of(file.asSlice(offset, bytes));
  }

  /** The same of all of a mapping. */
  public static MemorySegment of(MemorySegment slice) {
    boolean viewable = slice.byteSize() <= Integer.MAX_VALUE && slice.byteSize() % Short.BYTES == 0;
    return slice.isMapped() && viewable
        ? MemorySegment.ofBuffer(slice.asByteBuffer().asShortBuffer())
        : slice;
  }
}
