package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyValuesTest {
  private static final int HEADS = 3;
  private static final int HEAD_DIM = 20;

  private final Random random = new Random(6);

  private Tensor matrix(Arena arena, int rows) {
    float[] values = new float[rows * HEADS * HEAD_DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return Tensor.ofFloats(arena, values, rows, HEADS * HEAD_DIM);
  }

  @Test
  void piecesOfAnyLengthFollowEachOtherWhicheverThreadsAppendThem() {
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(3);
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT32, NumericsTrace.NONE);
        KeyValues kv = KeyValues.growing(HEADS, HEAD_DIM)) {
      Tensor k = matrix(arena, 700);
      Tensor v = matrix(arena, 700);
      for (int piece : new int[] {5, 40, 16, 1, 333}) {
        long first = kv.length();
        kv.append(k.rows(first, first + piece), v.rows(first, first + piece), w);
      }
      long first = kv.length();
      kv.append(k.rows(first, 700), v.rows(first, 700));

      for (int head = 0; head < HEADS; head++) {
        for (int position = 0; position < 700; position++) {
          float[] key = row(arena, kv.keys(head), position);
          assertThat(key).containsExactly(part(k, position, head));
        }
        for (int i = 0; i < HEAD_DIM; i++) {
          float[] element = row(arena, kv.values(head), i);
          for (int position = 0; position < 700; position++) {
            assertThat(element[position]).isEqualTo(part(v, position, head)[i]);
          }
        }
      }
    }
  }

  private static float[] row(Arena arena, PanelMatrix m, int output) {
    Tensor row = Tensor.ofFloats(arena, new float[m.depth()], m.depth());
    m.readRow(output, row.segment(), 0);
    return row.toFloats();
  }

  private static float[] part(Tensor t, int row, int head) {
    float[] part = new float[HEAD_DIM];
    for (int i = 0; i < HEAD_DIM; i++) {
      part[i] = t.getFloat(((long) row * HEADS + head) * HEAD_DIM + i);
    }
    return part;
  }
}
