package dev.loupe.engine.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PowersOfTenTest {

  @Test
  void everyPowerIsItsOwnFloorAndCeiling() {
    for (int exponent = -323; exponent <= 308; exponent++) {
      double power = PowersOfTen.of(exponent);
      assertThat(PowersOfTen.floor(power)).isEqualTo(exponent);
      assertThat(PowersOfTen.ceil(power)).isEqualTo(exponent);
    }
    assertThat(PowersOfTen.of(22)).isEqualTo(1e22);
    assertThat(PowersOfTen.of(-3)).isEqualTo(0.001);
  }

  @Test
  void theNeighboursOfAPowerAreNotTakenForIt() {
    assertThat(PowersOfTen.floor(Math.nextDown(1000.0))).isEqualTo(2);
    assertThat(PowersOfTen.ceil(Math.nextDown(1000.0))).isEqualTo(3);
    assertThat(PowersOfTen.floor(Math.nextUp(1000.0))).isEqualTo(3);
    assertThat(PowersOfTen.ceil(Math.nextUp(1000.0))).isEqualTo(4);
    assertThat(PowersOfTen.ceil(65_504)).isEqualTo(5);
  }

  @Test
  void labelsStayShort() {
    assertThat(List.of(-30, -4, -3, -1, 0, 4, 5))
        .map(PowersOfTen::label)
        .containsExactly("1e-30", "1e-4", "0.001", "0.1", "1", "10000", "1e5");
  }
}
