package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TensorCore;
import org.junit.jupiter.api.Test;

class ProductRateTest {

  /** Which of them is faster depends on what else the machine does. */
  @Test
  void bothRatesAreMeasured() {
    try (Backend backend = Backend.open(2)) {
      NumericsProfile hopper =
          NumericsProfile.FLOAT16_EAGER.with(Accumulation.of(TensorCore.HOPPER));
      ProductRate rate = ProductRate.measure(backend, hopper);
      assertThat(rate.manyRows()).isPositive().isFinite();
      assertThat(rate.oneRow()).isPositive().isFinite();
    }
  }
}
