package dev.loupe.weights.quantised;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes the weights of a quantised layer as a matrix of the compute type, in tiles, because some
 * formats store neighbours of a row far apart.
 */
record MatrixWriter(QuantisedTensor layer, DType compute, Backend backend) {

  /** Outputs of a tile: a cache line of the words of GPTQ. */
  private static final int HEIGHT = 16;

  /** Inputs of a tile. */
  private static final int WIDTH = 256;

  /** The matrix [outputs, inputs] in memory of this arena. */
  Tensor write(Arena arena) throws IOException {
    Tensor matrix = Tensor.allocate(arena, compute, layer.outputs(), layer.inputs());
    Dequantiser weights = layer.open(compute);
    try {
      backend.parallel(
          Math.ceilDiv(layer.outputs(), HEIGHT),
          (from, to, worker) ->
              rows(weights, matrix, from * HEIGHT, Math.min(to * HEIGHT, layer.outputs())));
    } finally {
      layer.release();
    }
    return matrix;
  }

  private void rows(Dequantiser weights, Tensor matrix, int from, int to) {
    float[] values = new float[WIDTH];
    short[] halves = new short[WIDTH];
    for (int output = from; output < to; output += HEIGHT) {
      for (int input = 0; input < layer.inputs(); input += WIDTH) {
        int count = Math.min(WIDTH, layer.inputs() - input);
        for (int row = output; row < Math.min(output + HEIGHT, to); row++) {
          for (int i = 0; i < count; i++) {
            values[i] = weights.weight(row, input + i);
          }
          store(values, halves, count, matrix, (long) row * layer.inputs() + input);
        }
      }
    }
  }

  private void store(float[] values, short[] halves, int count, Tensor matrix, long at) {
    MemorySegment to = matrix.segment();
    if (compute == DType.F32) {
      MemorySegment.copy(values, 0, to, Tensor.FLOAT, at * Float.BYTES, count);
      return;
    }
    HalfFormat format = HalfFormat.of(compute);
    for (int i = 0; i < count; i++) {
      halves[i] = format.fromFloat(values[i]);
    }
    MemorySegment.copy(halves, 0, to, Tensor.HALF, at * Short.BYTES, count);
  }
}
