package dev.loupe.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserHomeTest {

  @Test
  void theVariableHomeComesBeforeThePasswordFile() {
    assertThat(UserHome.of(Map.of("HOME", "/github/home"), "Linux", "/root"))
        .isEqualTo(Path.of("/github/home"));
    assertThat(UserHome.of(Map.of(), "Linux", "/root")).isEqualTo(Path.of("/root"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "home", "~", "./home", "a\0b"})
  void aHomeThatIsNoAbsolutePathCountsAsUnset(String home) {
    assertThat(UserHome.of(Map.of("HOME", home), "Mac OS X", "/root")).isEqualTo(Path.of("/root"));
  }

  @Test
  void windowsAsksJavaAlone() {
    assertThat(UserHome.of(Map.of("HOME", "/c/Users/u"), "Windows 11", "/profile"))
        .isEqualTo(Path.of("/profile"));
  }
}
