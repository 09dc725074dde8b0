package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightTypesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int8 | decoder=int8,head=int8,tower=int8",
        "int4 | decoder=int4,head=int8,tower=int4",
        "int8:128 | decoder=int8:128,head=int8:128,tower=int8:128",
        "int4:128 | decoder=int4:128,head=int8:128,tower=int4:128",
        "stored | decoder=stored,head=stored,tower=stored",
        "decoder=int4 | decoder=int4,head=stored,tower=stored",
        "decoder=int4:128,head=int8 | decoder=int4:128,head=int8,tower=stored",
        "tower=int8, head=int8 | decoder=stored,head=int8,tower=int8"
      })
  void aTextNamesOneTypeOrThoseOfParts(String text, String all) {
    assertThat(WeightTypes.of(text)).hasToString(all).isEqualTo(WeightTypes.of(all));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "int5",
        "INT4",
        "int4:64",
        "int4:32",
        ":128",
        "decoder=",
        "decoder=int4,decoder=int8",
        "=",
        "a=b=c"
      })
  void anotherTextIsRefusedWithWhatIsExpected(String text) {
    assertThatThrownBy(() -> WeightTypes.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "expected int8, int4, int8:128, int4:128, or parts such as decoder=int4,head=int8,tower=stored, found ");
  }

  @Test
  void unknownPartsAreNamed() {
    assertThatThrownBy(() -> WeightTypes.of("decoder=int4,vision=int8"))
        .hasMessage("expected the parts decoder, head and tower, found vision");
  }

  @Test
  void theHeadKeepsEightBits() {
    assertThatThrownBy(() -> WeightTypes.of("decoder=int4,head=int4"))
        .hasMessageContaining("head: expected int8 or stored, found int4, whose");
    assertThatThrownBy(() -> WeightTypes.of("head=int4:128"))
        .hasMessageContaining("head: expected int8 or stored, found int4:128, whose");
  }

  @Test
  void storedIsAsStored() {
    assertThat(WeightTypes.of("stored").asStored()).isTrue();
    assertThat(WeightTypes.of("tower=int8").asStored()).isFalse();
  }
}
