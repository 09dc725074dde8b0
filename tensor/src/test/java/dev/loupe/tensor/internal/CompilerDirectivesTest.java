package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CompilerDirectivesTest {

  @Test
  @Timeout(30)
  void theTilesAreLeftToC2OnceTheVectorKernelsWereAskedFor() throws Exception {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs the Vector module");
    KernelsProvider.best();
    KernelsProvider.best();
    String directives = "";
    while (!directives.contains("PanelProducts")) {
      Thread.sleep(10);
      directives = CompilerDirectives.command("compilerDirectivesPrint");
    }
    assertThat(directives).containsOnlyOnce("dev/loupe/tensor/internal/PanelProducts.*");
  }
}
