package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TensorCore;
import org.junit.jupiter.api.Test;

class ProductRateTest {

  @Test
  void theArithmeticOfAGpuIsSlowerThanLoupesOwn() {
    try (Backend backend = Backend.open(2)) {
      ProductRate own = ProductRate.measure(backend, NumericsProfile.FLOAT32);
      ProductRate gpu =
          ProductRate.measure(
              backend, NumericsProfile.FLOAT16_EAGER.with(Accumulation.of(TensorCore.HOPPER)));
      assertThat(gpu.manyRows()).isPositive().isLessThan(own.manyRows());
      assertThat(gpu.oneRow()).isPositive().isLessThan(gpu.manyRows());
    }
  }
}
