package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  @Test
  void everyMethodThatIsNamedExists() throws Exception {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs the Vector module");
    Matcher named =
        Pattern.compile("[+-](dev/loupe/tensor/internal/\\w+)\\.(\\w+)\"")
            .matcher(CompilerDirectives.KERNELS);
    int methods = 0;
    for (; named.find(); methods++) {
      Class<?> owner = Class.forName(named.group(1).replace('/', '.'));
      assertThat(owner.getDeclaredMethods()).extracting(Method::getName).contains(named.group(2));
    }
    assertThat(methods).isEqualTo(16);
  }
}
