package dev.loupe.cli.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script of {@code trace --script}, run where {@code python3} knows transformers. */
class TraceScriptTest {

  @TempDir static Path folder;

  @BeforeAll
  static void transformersIsInstalled() throws IOException, InterruptedException {
    assumeTrue(
        run(folder.resolve("import.log"), "-c", "import transformers, safetensors.torch, PIL") == 0,
        "python3 lacks transformers, safetensors or pillow");
  }

  @Test
  void itRecordsTheGoldenTraceInEveryNumber() throws IOException, InterruptedException {
    Path model = TestFiles.shared("checkpoints/captioner");
    Path script = folder.resolve("trace.py");
    Files.writeString(script, CommandLineRun.of("trace", "--script").out());
    Path trace = folder.resolve("trace.safetensors");

    int exit =
        run(
            folder.resolve("trace.log"),
            script,
            "--model=" + model,
            "--prompt=What is in this picture?",
            "--dtype=float16",
            "--attention=eager",
            "--device=cpu",
            "--out=" + trace,
            TestFiles.scene("scene-001"));

    assertThat(exit).as(() -> log("trace.log")).isZero();
    Path golden = TestFiles.resource("goldens/captioner/scene-001.float16.eager.safetensors");
    assertThat(CommandLineRun.of("compare", golden, trace).lines().getFirst())
        .isEqualTo("SAME: the two are equal in all 20 stages.");
  }

  private static String log(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Runs Python; 127 where there is none. */
  private static int run(Path log, Object... arguments) throws InterruptedException {
    List<String> command =
        Stream.concat(Stream.of("python3"), Stream.of(arguments).map(Object::toString)).toList();
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start()
          .waitFor();
    } catch (IOException e) {
      return 127;
    }
  }
}
