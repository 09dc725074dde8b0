package dev.loupe.tensor.internal;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The peaks with the Vector API, written flat: a helper that takes or returns a vector may stay a
 * call in C2, and then every vector is a heap object.
 */
final class VectorPeaks implements PeakKernels {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final int BYTES = I.vectorByteSize();

  /** More than the 4 cycles of latency x 2 units of any processor need; 22 registers of 32. */
  private static final int CHAINS = 20;

  /** Each runs through a quarter of the block, which keeps more reads in flight than one would. */
  private static final int STREAM = BLOCK / 4;

  @Override
  public int operations() {
    return CHAINS * F.length() * 2;
  }

  @Override
  public float multiplyAdd(int steps) {
    FloatVector w = FloatVector.broadcast(F, 0.999f);
    FloatVector x = FloatVector.broadcast(F, 0.5f);
    FloatVector a0 = FloatVector.broadcast(F, 0f);
    FloatVector a1 = FloatVector.broadcast(F, 1f);
    FloatVector a2 = FloatVector.broadcast(F, 2f);
    FloatVector a3 = FloatVector.broadcast(F, 3f);
    FloatVector a4 = FloatVector.broadcast(F, 4f);
    FloatVector a5 = FloatVector.broadcast(F, 5f);
    FloatVector a6 = FloatVector.broadcast(F, 6f);
    FloatVector a7 = FloatVector.broadcast(F, 7f);
    FloatVector a8 = FloatVector.broadcast(F, 8f);
    FloatVector a9 = FloatVector.broadcast(F, 9f);
    FloatVector a10 = FloatVector.broadcast(F, 10f);
    FloatVector a11 = FloatVector.broadcast(F, 11f);
    FloatVector a12 = FloatVector.broadcast(F, 12f);
    FloatVector a13 = FloatVector.broadcast(F, 13f);
    FloatVector a14 = FloatVector.broadcast(F, 14f);
    FloatVector a15 = FloatVector.broadcast(F, 15f);
    FloatVector a16 = FloatVector.broadcast(F, 16f);
    FloatVector a17 = FloatVector.broadcast(F, 17f);
    FloatVector a18 = FloatVector.broadcast(F, 18f);
    FloatVector a19 = FloatVector.broadcast(F, 19f);
    for (int i = 0; i < steps; i++) {
      // The accumulator is the addend, whose register the instruction overwrites.
      a0 = w.fma(x, a0);
      a1 = w.fma(x, a1);
      a2 = w.fma(x, a2);
      a3 = w.fma(x, a3);
      a4 = w.fma(x, a4);
      a5 = w.fma(x, a5);
      a6 = w.fma(x, a6);
      a7 = w.fma(x, a7);
      a8 = w.fma(x, a8);
      a9 = w.fma(x, a9);
      a10 = w.fma(x, a10);
      a11 = w.fma(x, a11);
      a12 = w.fma(x, a12);
      a13 = w.fma(x, a13);
      a14 = w.fma(x, a14);
      a15 = w.fma(x, a15);
      a16 = w.fma(x, a16);
      a17 = w.fma(x, a17);
      a18 = w.fma(x, a18);
      a19 = w.fma(x, a19);
    }
    return a0.add(a1)
        .add(a2)
        .add(a3)
        .add(a4)
        .add(a5)
        .add(a6)
        .add(a7)
        .add(a8)
        .add(a9)
        .add(a10)
        .add(a11)
        .add(a12)
        .add(a13)
        .add(a14)
        .add(a15)
        .add(a16)
        .add(a17)
        .add(a18)
        .add(a19)
        .reduceLanes(VectorOperators.ADD);
  }

  @Override
  public int read(MemorySegment memory, long offset) {
    MemorySegment block = memory.asSlice(offset, BLOCK);
    IntVector s0 = IntVector.zero(I);
    IntVector s1 = IntVector.zero(I);
    IntVector s2 = IntVector.zero(I);
    IntVector s3 = IntVector.zero(I);
    for (int i = 0; i < STREAM; i += BYTES) {
      s0 = s0.add(IntVector.fromMemorySegment(I, block, i, LE));
      s1 = s1.add(IntVector.fromMemorySegment(I, block, i + STREAM, LE));
      s2 = s2.add(IntVector.fromMemorySegment(I, block, i + 2 * STREAM, LE));
      s3 = s3.add(IntVector.fromMemorySegment(I, block, i + 3 * STREAM, LE));
    }
    return s0.add(s1).add(s2).add(s3).reduceLanes(VectorOperators.ADD);
  }
}
