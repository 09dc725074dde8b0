package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorCore;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An observer of every operation changes nothing in the run. */
class ObservedRunTest {

  /** One that answers and one that fails in float16, a clip, and text alone. */
  private static final Set<String> CASES = Set.of("scene-000", "scene-001", "clip-3", "text-only");

  /** Keeps the float32 stages; NaN is one value here. */
  private static final class Stages implements NumericsTrace {
    private final boolean operations;
    private final Map<String, float[]> values = new LinkedHashMap<>();

    Stages(boolean operations) {
      this.operations = operations;
    }

    @Override
    public boolean wantsOperations() {
      return operations;
    }

    @Override
    public void stage(StageId stage, Tensor value) {
      if (value.dtype() == DType.F32) {
        values.put(stage.name(), value.toFloats());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, SDPA",
    "F32, EAGER",
    "BF16, SDPA",
    "BF16, EAGER",
    "F16, SDPA",
    "F16, EAGER",
  })
  void hasEveryBitOfOneThatNobodyWatches(DType compute, AttentionKind attention)
      throws IOException {
    compare(NumericsProfile.of(compute, attention));
  }

  /** Where an observer also looks for sums that overflow. */
  @Test
  void hasEveryBitOfOneThatNobodyWatchesInFloat16Accumulators() throws IOException {
    Accumulation sums = Accumulation.of(TensorCore.HOPPER).withAccumulator(DType.F16);
    compare(NumericsProfile.FLOAT16_EAGER.with(sums));
  }

  private static void compare(NumericsProfile profile) throws IOException {
    try (Qwen2Vl model =
        Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(profile))) {
      for (ReferenceRuns.Case c : new ReferenceRuns("captioner").cases()) {
        if (!CASES.contains(c.name())) {
          continue;
        }
        Stages watched = new Stages(true);
        Stages unwatched = new Stages(false);
        model.trace(c.prompt(), GenerationOptions.greedy(), watched);
        model.trace(c.prompt(), GenerationOptions.greedy(), unwatched);
        assertThat(watched.values.keySet()).isEqualTo(unwatched.values.keySet()).isNotEmpty();
        watched.values.forEach((stage, values) ->
            assertThat(Arrays.equals(values, unwatched.values.get(stage)))
                .as("%s, %s", c.name(), stage)
                .isTrue());
      }
    }
  }
}
