package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are killed with SIGKILL at random moments, and continued by the same command. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "SIGKILL")
class KilledRunsTest {

  private static final String OLD = "before";

  @TempDir Path folder;
  private final Random random = new Random(20261124);
  private final Map<Path, String> expected = new LinkedHashMap<>();
  private int kills;

  @Test
  void sidecarsAreWholeAndWrittenOnceHoweverOftenTheRunIsKilled() throws Exception {
    sidecars(16, 2, "--existing=skip", "");
  }

  @Test
  void aCaptionIsAppendedOnceHoweverOftenTheRunIsKilled() throws Exception {
    sidecars(16, 2, "--existing=append", OLD + " ");
  }

  @Test
  void rowsAreWholeAndWrittenOnceHoweverOftenTheRunIsKilled() throws Exception {
    rows(16, 2);
  }

  @Test
  @Tag("exhaustive")
  void fiftyKillsOfSidecars() throws Exception {
    sidecars(150, 50, "--existing=skip", "");
  }

  @Test
  @Tag("exhaustive")
  void fiftyKillsOfAppending() throws Exception {
    sidecars(150, 50, "--existing=append", OLD + " ");
  }

  @Test
  @Tag("exhaustive")
  void fiftyKillsOfRows() throws Exception {
    rows(150, 50);
  }

  private void scenes(int count) throws IOException {
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      for (Path picture : Scenes.draw(folder.resolve("in"), 0, count)) {
        expected.put(picture, model.caption(picture).text());
      }
    }
  }

  private void sidecars(int count, int times, String existing, String before) throws Exception {
    scenes(count);
    if (!before.isEmpty()) {
      for (Path picture : expected.keySet()) {
        Files.writeString(sidecar(picture), OLD + "\n");
      }
    }
    Map<Path, String> written = new HashMap<>();
    killAndGoOn(times, () -> checkSidecars(before, written), "-r", folder.resolve("in"), existing);
    assertThat(written).hasSize(count);
    try (Stream<Path> all = Files.walk(folder.resolve("in"))) {
      assertThat(all.filter(Files::isRegularFile)).hasSize(2 * count);
    }
  }

  /** Every sidecar is the old one or the whole new one; a new one stays the very same file. */
  private void checkSidecars(String before, Map<Path, String> written) throws IOException {
    for (Map.Entry<Path, String> each : expected.entrySet()) {
      Path sidecar = sidecar(each.getKey());
      if (!Files.exists(sidecar)) {
        continue;
      }
      String text = Files.readString(sidecar);
      if (!before.isEmpty() && text.equals(OLD + "\n")) {
        continue;
      }
      assertThat(text).isEqualTo(before + each.getValue() + "\n");
      BasicFileAttributes now = Files.readAttributes(sidecar, BasicFileAttributes.class);
      String identity = now.fileKey() + " " + now.lastModifiedTime();
      assertThat(written.getOrDefault(sidecar, identity)).isEqualTo(identity);
      written.put(sidecar, identity);
    }
  }

  private static Path sidecar(Path picture) {
    return picture.resolveSibling(picture.getFileName().toString().replace(".png", ".txt"));
  }

  private void rows(int count, int times) throws Exception {
    scenes(count);
    List<String> written = new ArrayList<>();
    killAndGoOn(times, () -> checkRows(written), "-r", folder.resolve("in"), "--format=jsonl");
    assertThat(written).hasSize(count);
    assertThat(written.stream().map(row -> JsonLines.object(row).get("file_name")).distinct())
        .hasSize(count);
  }

  /** The rows of before are still the first, and every whole line is a right row. */
  private void checkRows(List<String> written) throws IOException {
    Path file = folder.resolve("in/metadata.jsonl");
    String text = Files.exists(file) ? Files.readString(file) : "";
    List<String> rows = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    assertThat(rows.subList(0, written.size())).isEqualTo(written);
    for (String row : rows.subList(written.size(), rows.size())) {
      Map<String, Object> json = JsonLines.object(row);
      Path picture = folder.resolve("in").resolve((String) json.get("file_name"));
      assertThat(json.get("text")).isEqualTo(expected.get(picture));
      written.add(row);
    }
  }

  /** Most of a short run is the start of Java, in which nothing can be lost. */
  private void awaitWork(KilledRun run) throws Exception {
    long before = bytes();
    while (run.isAlive() && bytes() <= before) {
      Thread.sleep(20);
    }
  }

  private long bytes() throws IOException {
    return LiveFolder.all(folder.resolve("in")).stream()
        .filter(file -> !file.getFileName().toString().startsWith("."))
        .mapToLong(file -> file.toFile().length())
        .sum();
  }

  private interface Check {
    void run() throws IOException;
  }

  private void killAndGoOn(int times, Check check, Object... arguments) throws Exception {
    List<Object> command = new ArrayList<>(List.of("caption", "--batch=4"));
    command.addAll(List.of(arguments));
    Path err = folder.resolve("err");
    while (kills < times) {
      try (KilledRun run = KilledRun.start(err, command.toArray())) {
        if (times < 10 || random.nextInt(5) > 0) {
          awaitWork(run);
        }
        if (!run.killedAfter(random.nextInt(1000))) {
          break; // A machine so fast that all is done: more pictures would be needed.
        }
        kills++;
        check.run();
      }
    }
    try (KilledRun last = KilledRun.start(err, command.toArray())) {
      assertThat(last.exit()).as(last.err()).isEqualTo(ExitCodes.OK);
      check.run();
      System.out.println(kills + " kills, then " + last.err().strip().replace("\n", "; "));
    }
  }
}
