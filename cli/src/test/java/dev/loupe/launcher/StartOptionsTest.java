package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the launcher tells the JVM. */
class StartOptionsTest {

  @Test
  void aProgramThatEmbedsTheEngineCanReadWhatHelpsTheCompiler() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "embedding.md"));

    assertThat(StartOptions.large(2))
        .filteredOn(option -> option.startsWith("-XX:") && !option.endsWith("=quiet"))
        .hasSizeGreaterThan(5)
        .allSatisfy(option ->
            assertThat(page).contains(option.replace("QuantisedProducts", "PanelProducts")));
    assertThat(page).contains("the two commands also for `QuantisedProducts`");
  }

  @Test
  void theNumberOfCompilersIsSetOnSmallMachinesAlone() {
    assertThat(StartOptions.large(3)).contains("-XX:CICompilerCount=3");
    assertThat(StartOptions.large(4)).noneMatch(option -> option.contains("CICompilerCount"));
  }
}
