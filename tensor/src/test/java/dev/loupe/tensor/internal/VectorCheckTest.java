package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Backend;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which kernels a JVM gets, each question in a JVM of its own. */
class VectorCheckTest {

  @ParameterizedTest
  @CsvSource({
    "-XX:TieredStopAtLevel=1, without -XX:TieredStopAtLevel=1",
    "-XX:TieredStopAtLevel=3, without -XX:TieredStopAtLevel=3",
    "-XX:TieredStopAtLevel=0, without -Xint and -XX:TieredStopAtLevel=0",
    "-XX:CompilationMode=quick-only, without -XX:CompilationMode=quick-only",
    "-Xint, without -Xint"
  })
  void aJvmWithoutC2GetsScalarKernelsAndSaysWhy(String option, String remedy) throws Exception {
    String answer = kernelsOf("--add-modules=jdk.incubator.vector", option);

    assertThat(answer).contains("scalar, 1 thread").contains("expected the compiler C2");
    assertThat(answer).contains(remedy);
  }

  @ParameterizedTest
  @CsvSource({"-XX:-TieredCompilation", "-XX:CompilationMode=high-only", "-XX:+UseSerialGC"})
  void aJvmWithC2GetsVectors(String option) throws Exception {
    String answer = kernelsOf("--add-modules=jdk.incubator.vector", option);

    assertThat(answer).contains("vector ").contains(", 1 thread").doesNotContain("expected");
  }

  @Test
  void aJvmWithoutTheVectorModuleGetsScalarKernelsAndSaysWhy() throws Exception {
    assertThat(kernelsOf("-XX:+UseSerialGC"))
        .contains("scalar, 1 thread")
        .contains("start Java with --add-modules jdk.incubator.vector");
  }

  private static String kernelsOf(String... options) throws IOException, InterruptedException {
    Path classes = Path.of("target", "classes");
    assumeTrue(classes.toFile().isDirectory(), "runs in the folder of its module");
    String path = classes + File.pathSeparator + Path.of("target", "test-classes");
    Process java =
        new ProcessBuilder(
                Stream.of(
                        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                        List.of(options),
                        List.of("-cp", path, Kernels.class.getName()))
                    .flatMap(List::stream)
                    .toList())
            .redirectErrorStream(true)
            .start();
    String answer = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(java.waitFor()).as(answer).isZero();
    return answer;
  }

  /** Says which kernels it has, and why. */
  static final class Kernels {
    private Kernels() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backend.open(1)) {
        System.out.println(backend.description() + " " + Backend.whyScalar().orElse(""));
      }
    }
  }
}
