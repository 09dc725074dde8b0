package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TorchCpuGeneratorTest {

  /** The check that the C++ standard prescribes for {@code std::mt19937} (rand.predef). */
  @Test
  void theTenThousandthOutputOfSeed5489IsThatOfTheStandard() {
    var generator = new TorchCpuGenerator(5489);
    int last = 0;
    for (int i = 0; i < 10_000; i++) {
      last = generator.nextInt();
    }
    assertThat(Integer.toUnsignedLong(last)).isEqualTo(4123659995L);
  }

  /** {@code torch.empty(6, dtype=torch.float64).exponential_(1)} of PyTorch 2.13+cpu. */
  @Test
  void theDrawsAreThoseOfExponential() {
    var q = new double[6];
    new TorchCpuGenerator(1234).exponential(q);
    assertThat(q)
        .containsExactly(
            0x1.0e1463375b139p-2,
            0x1.4ffc9ecf1aa7fp-4,
            0x1.4198fce1cb21fp-1,
            0x1.11f66fd68e5dep-1,
            0x1.faea09b77bf36p-2,
            0x1.41cb083dea705p-2);
  }

  @Test
  void oneCallOfSixEqualsTwoOfThree() {
    var six = new double[6];
    new TorchCpuGenerator(0).exponential(six);
    var generator = new TorchCpuGenerator(0);
    var three = new double[3];
    generator.exponential(three);
    assertThat(three).containsExactly(six[0], six[1], six[2]);
    generator.exponential(three);
    assertThat(three).containsExactly(six[3], six[4], six[5]);
  }

  @Test
  void onlyTheLow32BitsOfTheSeedCount() {
    assertThat(new TorchCpuGenerator((7L << 32) + 5).nextInt())
        .isEqualTo(new TorchCpuGenerator(5).nextInt());
  }
}
