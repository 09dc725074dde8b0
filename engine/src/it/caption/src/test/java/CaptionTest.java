import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CaptionTest {

  @Test
  void theSampleIsCaptioned() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      Caption.main(new String[] {System.getProperty("sample")});
    } finally {
      System.setOut(before);
    }
    assertEquals(
        "A small blue triangle to the left of a small yellow triangle on a white background.",
        out.toString(StandardCharsets.UTF_8).strip());
  }

  /** No terminal, no command line, no HTTP, no framework. */
  @Test
  void embeddingBringsTheseLibrariesAndNoOther() {
    assertEquals(
        new TreeSet<>(
            List.of(
                "common-image",
                "common-io",
                "common-lang",
                "fastutil-core",
                "imageio-core",
                "imageio-metadata",
                "imageio-webp",
                "jackson-core",
                "jackson-jr-objects",
                "loupe-engine",
                "loupe-io",
                "loupe-tensor",
                "loupe-tokenizer",
                "loupe-vision-encoder",
                "loupe-weights-cache")),
        jars().stream()
            .map(jar -> jar.getFileName().toString().replaceFirst("-[0-9].*", ""))
            .filter(name -> !name.matches("junit-.*|opentest4j|apiguardian-api|jspecify"))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void theEngineAsksForNoUserInterfaceAndNoServer() {
    Path engine =
        jars().stream()
            .filter(jar -> jar.getFileName().toString().startsWith("loupe-engine"))
            .findFirst()
            .orElseThrow();
    ModuleDescriptor module =
        ModuleFinder.of(engine).findAll().iterator().next().descriptor();
    assertEquals(
        Set.of(
            "dev.loupe.io",
            "dev.loupe.tensor",
            "dev.loupe.tokenizer",
            "dev.loupe.vision",
            "dev.loupe.weights",
            "java.base",
            "java.logging",
            "jdk.jfr"),
        module.requires().stream()
            .map(ModuleDescriptor.Requires::name)
            .collect(Collectors.toSet()));
  }

  private static List<Path> jars() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar") && !entry.contains("surefire"))
        .map(Path::of)
        .toList();
  }
}
