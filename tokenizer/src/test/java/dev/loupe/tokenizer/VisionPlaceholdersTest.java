package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class VisionPlaceholdersTest {
  private final VisionPlaceholders placeholders = new VisionPlaceholders(8, 9);

  @Test
  void eachPlaceholderIsRepeatedInOrder() {
    int[] expanded =
        placeholders.expand(new int[] {1, 8, 2, 9, 8, 3}, new int[] {2, 3}, new int[] {1});
    assertThat(expanded).containsExactly(1, 8, 8, 2, 9, 8, 8, 8, 3);
  }

  @Test
  void aPromptWithoutPicturesStaysAsItIs() {
    assertThat(placeholders.expand(new int[] {1, 2}, new int[] {}, new int[] {}))
        .containsExactly(1, 2);
  }

  @Test
  void aMissingPlaceholderIsAnError() {
    assertThatThrownBy(() -> placeholders.expand(new int[] {1}, new int[] {4}, new int[] {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "<|image_pad|>: expected 1 in the prompt, one for each image, found 0;"
                + " give each its place");
  }

  @Test
  void aPlaceholderTooManyIsAnError() {
    assertThatThrownBy(() -> placeholders.expand(new int[] {9, 9}, new int[] {}, new int[] {4}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("<|video_pad|>: expected 1 in the prompt")
        .hasMessageContaining("found 2");
  }

  @Test
  void aPictureWithoutTokensIsAnError() {
    assertThatThrownBy(() -> placeholders.expand(new int[] {8}, new int[] {0}, new int[] {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("image 0: expected at least 1 token, found 0");
  }
}
