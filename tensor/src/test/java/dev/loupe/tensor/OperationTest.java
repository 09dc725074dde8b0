package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationTest {
  private static final OperationId ID = ModuleId.of(Part.DECODER, "model.norm").output();
  private static final NumericsProfile FLOAT16 = NumericsProfile.of(DType.F16, AttentionKind.SDPA);

  private static final class Notes implements NumericsTrace {
    private final Map<OperationId, TensorStatistics> operations = new LinkedHashMap<>();
    private final Map<OperationId, ExponentCounts> exponents = new LinkedHashMap<>();

    @Override
    public boolean wantsOperations() {
      return true;
    }

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public boolean wantsDistribution() {
      return true;
    }

    @Override
    public void exponents(OperationId operation, ExponentCounts counts) {
      exponents.put(operation, counts);
    }

    @Override
    public void operation(OperationId operation, TensorStatistics statistics) {
      operations.put(operation, statistics);
    }
  }

  private static void in(NumericsTrace trace, Consumer<Workspace> work) {
    try (Backend backend = Backend.open(2);
        Workspace w = new Workspace(backend, FLOAT16, trace)) {
      work.accept(w);
    }
  }

  /** A matrix of numbers between two values of float16. */
  private static Tensor thirds(Workspace w, int rows, int columns) {
    Tensor t = w.matrix(rows, columns);
    for (long i = 0; i < t.shape().elements(); i++) {
      t.segment().setAtIndex(Tensor.FLOAT, i, 1 / 3f);
    }
    return t;
  }

  @ParameterizedTest
  @EnumSource(RoundingPlace.class)
  void theKernelRoundsWhereNobodyWatches(RoundingPlace place) {
    in(
        NumericsTrace.NONE,
        w -> {
          Tensor x = thirds(w, 2, 3);
          w.operation(ID, place, x, rounding -> assertThat(rounding).isEqualTo(DType.F16));
          assertThat(x.toFloats()).containsOnly(1 / 3f);
        });
  }

  @Test
  void anObserverSeesTheResultBeforeItsRoundingAtTheEnd() {
    Notes notes = new Notes();
    in(
        notes,
        w -> {
          Tensor x = thirds(w, 100, 301);
          w.operation(
              ID,
              RoundingPlace.AT_END,
              x,
              rounding -> {
                assertThat(rounding).isEqualTo(DType.F32);
                x.segment().setAtIndex(Tensor.FLOAT, 20_000, 70_000);
              });
          assertThat(x.getFloat(0)).isEqualTo(0x0.555p0f);
          assertThat(x.getFloat(20_000)).isEqualTo(Float.POSITIVE_INFINITY);
        });
    TensorStatistics seen = notes.operations.get(ID);
    assertThat(seen.elements()).isEqualTo(30_100);
    assertThat(seen.rounded()).isEqualTo(30_100);
    assertThat(seen.largest()).isEqualTo(70_000);
    assertThat(seen.firstPositiveInfinite()).isEqualTo(20_000);
    ExponentCounts exponents = notes.exponents.get(ID);
    assertThat(exponents.count(-2)).isEqualTo(30_099);
    assertThat(exponents.count(16)).isEqualTo(1);
    assertThat(exponents.nonFinite()).isZero();
  }

  @Test
  void aKernelThatRoundsInsideDoesSoWhereAnObserverWatches() {
    Notes notes = new Notes();
    in(
        notes,
        w -> {
          Tensor x = w.matrix(1, 1);
          w.operation(
              ID,
              RoundingPlace.INSIDE,
              x,
              rounding -> {
                assertThat(rounding).isEqualTo(DType.F16);
                x.segment().set(Tensor.FLOAT, 0, 0.5f);
              });
        });
    assertThat(notes.operations.get(ID).rounded()).isZero();
    assertThat(notes.operations.get(ID).largest()).isEqualTo(0.5f);
  }

  @Test
  void anObserverOfExtremesSeesTheLargestOfEachRowBeforeItsRoundingAtTheEnd() {
    List<float[]> seen = new ArrayList<>();
    in(
        new Extremes(seen),
        w -> {
          Tensor x = thirds(w, 100, 301);
          w.operation(
              ID,
              RoundingPlace.AT_END,
              x,
              rounding -> {
                assertThat(rounding).isEqualTo(DType.F32);
                x.segment().setAtIndex(Tensor.FLOAT, 301, -70_000);
                x.segment().setAtIndex(Tensor.FLOAT, 99 * 301 + 300, Float.NaN);
              });
          assertThat(x.getFloat(0)).isEqualTo(0x0.555p0f);
          assertThat(x.getFloat(301)).isEqualTo(Float.NEGATIVE_INFINITY);
          w.operation(
              ID,
              RoundingPlace.INSIDE,
              thirds(w, 1, 1),
              rounding -> {
                assertThat(rounding).isEqualTo(DType.F16);
              });
          w.operation(ID, RoundingPlace.AT_END, x, 1, 300, rounding -> {});
        });
    assertThat(seen.get(0)).hasSize(100).startsWith(1 / 3f, 70_000, 1 / 3f).endsWith(Float.NaN);
    assertThat(seen.get(1)).containsExactly(1 / 3f);
    assertThat(seen.get(2)).startsWith(0x0.555p0f, 0x0.555p0f).endsWith(Float.NaN);
  }

  /** Keeps the extremes of operations. */
  private record Extremes(List<float[]> seen) implements NumericsTrace {

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public boolean wantsExtremes() {
      return true;
    }

    @Override
    public void extremes(OperationId operation, float[] rows) {
      seen.add(rows);
    }
  }

  @Test
  void extremesReachWhoWantsThemAmongSeveralObservers() {
    List<float[]> seen = new ArrayList<>();
    NumericsTrace all = NumericsTrace.all(List.of(new Extremes(seen), (stage, value) -> {}));
    in(all, w -> w.operation(ID, RoundingPlace.AT_END, thirds(w, 1, 2), rounding -> {}));
    assertThat(seen).hasSize(1);
    assertThat(seen.getFirst()).containsExactly(1 / 3f);
  }

  @Test
  void someColumnsAreCountedAndRoundedAlone() {
    Notes notes = new Notes();
    in(
        notes,
        w -> {
          Tensor x = thirds(w, 3, 5);
          w.operation(
              ID,
              RoundingPlace.AT_END,
              x,
              1,
              2,
              rounding -> x.segment().setAtIndex(Tensor.FLOAT, 2 * 5 + 2, -70_000));
          float third = 1 / 3f;
          float rounded = 0x0.555p0f;
          assertThat(x.toFloats())
              .containsExactly(
                  third,
                  rounded,
                  rounded,
                  third,
                  third, //
                  third,
                  rounded,
                  rounded,
                  third,
                  third, //
                  third,
                  rounded,
                  Float.NEGATIVE_INFINITY,
                  third,
                  third);
        });
    assertThat(notes.operations.get(ID).elements()).isEqualTo(6);
    assertThat(notes.operations.get(ID).firstNegativeInfinite()).isEqualTo(5);
  }
}
