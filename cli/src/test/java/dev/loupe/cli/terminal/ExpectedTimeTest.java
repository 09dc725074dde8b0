package dev.loupe.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectedTimeTest {

  @ParameterizedTest
  @CsvSource({
    "PT19.9S, ",
    "PT20S, 20 seconds",
    "PT44S, 40 seconds",
    "PT89S, 90 seconds",
    "PT90S, 2 minutes",
    "PT12M20S, 12 minutes",
    "PT89M, 89 minutes",
    "PT150M, 2.5 hours",
  })
  void isAsRoughAsTheEstimate(Duration time, String words) {
    assertThat(ExpectedTime.of(time).orElse(null)).isEqualTo(words);
  }
}
