package dev.loupe.cli.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenizeCommandTest {

  @Test
  void textsOfTheCommandLineBecomeLinesOfIds() {
    assertThat(CommandLineRun.of("tokenize", "a ring", "The cross is black."))
        .isEqualTo(new CommandLineRun(ExitCodes.OK, "64 317\n266 319 279 327 13\n", ""));
  }

  @Test
  void linesOfStandardInputBecomeLinesOfIds() {
    assertThat(run("a ring\n\nThe cross is black.\n", "tokenize").out())
        .isEqualTo("64 317\n\n266 319 279 327 13\n");
  }

  @Test
  void idsBecomeText() {
    assertThat(CommandLineRun.of("tokenize", "--decode", 64, 317, 445).out())
        .isEqualTo("a ring<|im_end|>\n");
    assertThat(run("64, 317\n266 319\n", "tokenize", "-d").out()).isEqualTo("a ring\nThe cross\n");
  }

  @Test
  void controlTokensInATextArePlainTextUnlessAskedFor() {
    assertThat(CommandLineRun.of("tokenize", "--control-tokens", "<|im_end|>").out())
        .isEqualTo("445\n");
    assertThat(CommandLineRun.of("tokenize", "<|im_end|>").out().strip().split(" "))
        .hasSizeGreaterThan(1)
        .doesNotContain("445");
  }

  @Test
  void jsonLinesGoInAndOut() {
    assertThat(run("{\"text\":\"a ring\"}\n", "tokenize", "--json").out())
        .isEqualTo("{\"text\":\"a ring\",\"ids\":[64,317],\"tokens\":[\"a\",\"Ġring\"]}\n");
    assertThat(run("{\"ids\":[64,317]}\n", "tokenize", "--json", "--decode").out())
        .isEqualTo("{\"text\":\"a ring\",\"ids\":[64,317],\"tokens\":[\"a\",\"Ġring\"]}\n");
  }

  @Test
  void whatIsWrongWithALineIsSaidWithItsNumber() {
    assertThat(run("{\"text\":\"a\"}\n{}\n", "tokenize", "--json").error())
        .isEqualTo("line 2: text: expected a string, found nothing");
    assertThat(run("ring\n", "tokenize", "--json").error())
        .startsWith("line 1: expected a JSON object, found a mistake at column ");
    assertThat(run("1 2\n1 x\n", "tokenize", "-d").error())
        .isEqualTo("line 2: expected token ids below 457, found \"x\"");
    assertThat(run("{\"ids\":[999999]}\n", "tokenize", "--json", "-d").error())
        .isEqualTo("line 1: ids: expected token ids below 457, found 999999");
    assertThat(run("{\"ids\":5}\n", "tokenize", "--json", "-d").error())
        .isEqualTo("line 1: ids: expected a list of token ids, found 5");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() {
    byte[] latin1 = "caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);

    CommandLineRun run = CommandLineRun.withInput(latin1, "tokenize");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .isEqualTo("standard input: expected UTF-8, found other bytes in or after line 1");
  }

  @Test
  void aModelWithoutATokenizerSaysWhichOptionHelps() {
    assertThat(CommandLineRun.of("tokenize", "-m", "synthetic:2b", "a").error())
        .isEqualTo(
            "synthetic:2b: expected tokenizer.json, or vocab.json and merges.txt, found none of "
                + "them; --tokenizer FOLDER takes them from another folder");
  }

  private static CommandLineRun run(String input, Object... arguments) {
    return CommandLineRun.withInput(input.getBytes(StandardCharsets.UTF_8), arguments);
  }
}
