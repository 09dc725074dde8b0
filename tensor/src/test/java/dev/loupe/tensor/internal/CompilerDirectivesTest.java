package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class CompilerDirectivesTest {

  @Test
  void theTilesAreLeftToC2OnceTheVectorKernelsWereAskedFor() throws Exception {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs the Vector module");
    KernelsProvider.best();
    KernelsProvider.best();
    assertThat(CompilerDirectives.command("compilerDirectivesPrint"))
        .containsOnlyOnce("dev/loupe/tensor/internal/PanelProducts.*");
  }
}
