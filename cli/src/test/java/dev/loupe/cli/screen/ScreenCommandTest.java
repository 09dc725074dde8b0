package dev.loupe.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.KilledRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.Scenes;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ScreenCommandTest {
  private static final Path PICTURE = TestFiles.scene("scene-001");

  @TempDir Path folder;

  private CommandLineRun screen(Object... more) {
    Object[] all = new Object[more.length + 2];
    all[0] = "screen";
    all[1] = "--max-new-tokens=4";
    System.arraycopy(more, 0, all, 2, more.length);
    return CommandLineRun.of(all);
  }

  @Test
  void theBuiltInModelFailsInFloat16AndIsSafeWithFusedAttention() {
    CommandLineRun run = screen(PICTURE, "--profiles=float16.eager,float16.sdpa");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines().getFirst())
        .isEqualTo(
            "captioner, float16 eager: FAILS. Of 1 picture 1 left the range, and 1 got no"
                + " answer.");
    assertThat(run.out())
        .contains("captioner, float16 sdpa: SAFE. In 1 picture every number may grow by a factor");
  }

  @Test
  void oneBadPictureIsToldAndTheOthersAreScreened() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");
    Path json = folder.resolve("out.json");
    Path html = folder.resolve("out.html");

    CommandLineRun run =
        screen(bad, PICTURE, folder.resolve("absent.png"), "--json", json, "--html", html);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(run.err()).contains("bad.png: ", "absent.png");
    assertThat(run.out()).contains("Of 1 picture", "2 pictures could not be run:");
    assertThat(json).content().contains("\"verdict\":\"fails\"", "\"pictures\":1,");
    assertThat(html).content().startsWith("<!doctype html>");
    assertThat(folder.resolve("out.json.state")).doesNotExist();
  }

  @Test
  void withoutAnyPictureThereIsNoVerdict() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");

    CommandLineRun run = screen(bad);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).contains("no verdict, for no picture could be run.");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "SIGKILL")
  void aKilledScreenGoesOnAndEndsAsAnUninterruptedOne() throws Exception {
    Scenes.draw(folder.resolve("in"), 0, 12);
    Path state = folder.resolve("kept.state");
    List<Object> command =
        List.of(
            "screen",
            "-r",
            folder.resolve("in"),
            "--max-new-tokens=2",
            "--batch=1",
            "--dtype=float16",
            "--attention=sdpa");
    int known = 0;
    try (KilledRun killed = KilledRun.start(folder.resolve("err"), with(command, state))) {
      while (killed.isAlive() && known < 4) {
        Thread.sleep(5);
        known = Files.exists(state) ? Files.readAllLines(state).size() : 0;
      }
      killed.signal("KILL");
      killed.exit();
    }
    assertThat(Files.readAllLines(state)).hasSizeBetween(4, 13);
    Path resumed = folder.resolve("resumed.json");
    Path whole = folder.resolve("whole.json");

    CommandLineRun first = CommandLineRun.of(with(with(command, state), "--json", resumed));
    CommandLineRun other = CommandLineRun.of(with(command.toArray(), "--json", whole));

    assertThat(first.exit()).isEqualTo(ExitCodes.OK);
    assertThat(first.out()).isEqualTo(other.out()).contains("In 12 pictures every number");
    assertThat(resumed).hasSameTextualContentAs(whole);
    assertThat(Files.readAllLines(state)).hasSize(13);
  }

  private static Object[] with(List<Object> command, Path state) {
    return with(command.toArray(), "--state", state);
  }

  private static Object[] with(Object[] command, Object... more) {
    Object[] all = new Object[command.length + more.length];
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return all;
  }

  @Test
  void aStateOfAnotherPromptIsRefused() {
    Path state = folder.resolve("s");
    assertThat(screen(PICTURE, "--state", state).exit()).isEqualTo(ExitCodes.OK);

    CommandLineRun run = screen(PICTURE, "--state", state, "--prompt", "What is this?");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .isEqualTo(
            state
                + ": expected the state of a screen with prompt What is this?, found Describe this"
                + " image.; delete it, or choose another --state");
  }

  @Test
  void aStateOfOtherWeightsNamesTheOptionsThatMakeThem() {
    Path state = folder.resolve("s");
    screen(PICTURE, "--state", state, "--profiles=float32.sdpa");

    CommandLineRun run =
        screen(PICTURE, "--state", state, "--profiles=float32.sdpa", "--weights=int8");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .startsWith(state + ": expected the state of a screen with model ")
        .endsWith("; give its --model, --weights and --tokenizer, or choose another --state");
  }

  @Test
  void aStateWithALineOfSomethingElseIsRefusedByName() throws IOException {
    Path state = folder.resolve("s");
    screen(PICTURE, "--state", state);
    Files.writeString(state, "{}\n", StandardOpenOption.APPEND);

    CommandLineRun run = screen(PICTURE, "--state", state);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).startsWith(state + ": expected the state of a screen, found ");
  }

  @Test
  void aFileThatIsNoStateIsRefusedAndStays() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes"), "my notes\n");

    CommandLineRun run = screen(PICTURE, "--state", notes);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).contains("expected the state of a screen");
    assertThat(notes).content().isEqualTo("my notes\n");
  }

  @Test
  void aChangedPictureBeginsAnewAndMorePicturesGoOn() throws IOException {
    Path one = Files.copy(PICTURE, folder.resolve("one.png"));
    Path two = Files.copy(TestFiles.scene("scene-002"), folder.resolve("two.png"));
    Path state = folder.resolve("s");
    screen(one, "--state", state);

    CommandLineRun more = screen(one, two, "--state", state);
    assertThat(more.out()).contains("Of 2 pictures");
    assertThat(more.err()).doesNotContain("begins anew");

    Scenes.draw(one, 5);
    CommandLineRun changed = screen(one, two, "--state", state);
    assertThat(changed.err())
        .contains("holds pictures that are not among these, or have changed: the screen begins");
    assertThat(changed.out()).contains("Of 2 pictures");
    assertThat(Files.readAllLines(state)).hasSize(3);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThat(screen().error()).startsWith("expected at least one picture or folder, found none");
    assertThat(screen(PICTURE, "--profiles=float8").error())
        .startsWith("--profiles: expected all, or names of float16.eager, float16.sdpa,");
    assertThat(screen(PICTURE, "--profiles=all", "--dtype=float16").error())
        .startsWith("--profiles: expected no option for one arithmetic with it");
    assertThat(screen(PICTURE, "--prompt={existing}").error())
        .startsWith("--prompt: expected no {existing}");
    assertThat(screen("--from", folder).error())
        .contains("expected a file that lists paths, found a folder");
    assertThat(screen(PICTURE, "--batch=0").error()).startsWith("--batch: expected at least 1");
  }

  @Test
  void noFileIsWrittenOverAPictureOrAnother() throws IOException {
    Path in = Files.createDirectory(folder.resolve("in"));
    Path picture = Files.copy(PICTURE, in.resolve("a.png"));
    byte[] before = Files.readAllBytes(picture);
    Path page = folder.resolve("page");

    CommandLineRun over = screen(in, "--json", picture);
    CommandLineRun twice = screen(picture, "--json", page, "--html", page);
    CommandLineRun state = screen(picture, "--html", page, "--state", page);

    assertThat(over.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(over.error()).startsWith("--json: expected another file than the picture");
    assertThat(picture).hasBinaryContent(before);
    assertThat(twice.error()).startsWith("--html: expected another file than that of --json");
    assertThat(state.error()).startsWith("--state: expected another file than that of --html");
    assertThat(page).doesNotExist();
  }
}
