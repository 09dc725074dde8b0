package dev.loupe.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.options.MonitorOption;
import dev.loupe.engine.ChatSession;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.ImageDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations that are piped in, and the part of a terminal's that needs no terminal. */
class ChatCommandTest {
  private static final Path YELLOW_SQUARE = TestFiles.scene("scene-011");
  private static final Path BLUE_CROSS = TestFiles.scene("scene-023");
  private static final String YELLOW_SQUARE_TEXT = "A small yellow square on a black background.";
  private static final String BLUE_CROSS_TEXT = "A small blue cross on a white background.";

  @TempDir Path folder;

  private static CommandLineRun chat(List<String> lines, Object... arguments) {
    byte[] input = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    List<Object> all = new ArrayList<>(List.of("chat"));
    all.addAll(Arrays.asList(arguments));
    return CommandLineRun.withInput(input, all.toArray());
  }

  @Test
  void aConversationHasTheTokensThatTheApiGives() throws IOException {
    CommandLineRun run =
        chat(
            List.of(
                "Describe this image.",
                "What color is it?",
                "/image " + BLUE_CROSS,
                "Describe this image."),
            "--format=jsonl",
            "--max-new-tokens=24",
            "--system=Be terse.",
            YELLOW_SQUARE);
    assertThat(run.err()).isEmpty();
    List<Map<String, Object>> rows = run.lines().stream().map(JsonLines::object).toList();

    List<Generation> expected = new ArrayList<>();
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
        ChatSession session = model.newChat(GenerationOptions.greedy().maxNewTokens(24))) {
      Prompt first =
          Prompt.create().system("Be terse.").image(YELLOW_SQUARE).text("Describe this image.");
      expected.add(session.send(first));
      expected.add(session.send(Prompt.of("What color is it?")));
      expected.add(session.send(Prompt.create().image(BLUE_CROSS).text("Describe this image.")));
    }
    assertThat(rows).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(rows.get(i).get("tokens")).isEqualTo(expected.get(i).tokens());
      assertThat(rows.get(i).get("text")).isEqualTo(expected.get(i).text());
      assertThat(rows.get(i).get("prompt_tokens")).isEqualTo(expected.get(i).promptTokens());
      assertThat(rows.get(i).get("cached_tokens")).isEqualTo(expected.get(i).cachedTokens());
    }
  }

  @Test
  void pipedAnswersAreLinesWithoutPrompts() {
    CommandLineRun run =
        chat(List.of("Describe this image.", "", "/quit", "never asked"), YELLOW_SQUARE.toString());
    assertThat(run.out()).isEqualTo(YELLOW_SQUARE_TEXT + "\n");
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
  }

  @Test
  void resetForgetsTheConversationAndItsPictures() {
    CommandLineRun run =
        chat(
            List.of(
                "Describe this image.",
                "/image " + YELLOW_SQUARE,
                "/reset",
                "/image " + BLUE_CROSS,
                "Describe this image."),
            YELLOW_SQUARE);
    assertThat(run.lines()).containsExactly(YELLOW_SQUARE_TEXT, BLUE_CROSS_TEXT);
  }

  @Test
  void whatGoesWrongIsToldAndTheConversationGoesOn() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.png"), "no picture");
    Path absent = folder.resolve("absent.png");
    CommandLineRun run =
        chat(
            List.of("/image " + text, "/image", "/who", "x ".repeat(3000), "Describe this image."),
            absent,
            YELLOW_SQUARE);
    assertThat(run.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("loupe: " + absent + ": no such file or folder"),
            line -> assertThat(line).startsWith("loupe: " + text + ": "),
            line -> assertThat(line).isEqualTo("loupe: /image: expected a path, found none"),
            line -> assertThat(line).isEqualTo("loupe: /who: no such command; /help shows them"),
            line ->
                assertThat(line)
                    .contains("expected at most 2047 tokens")
                    .endsWith("or /reset the conversation"));
    assertThat(run.out()).isEqualTo(YELLOW_SQUARE_TEXT + "\n");
    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
  }

  @Test
  void aPathMayHaveBlanksQuotesAndLettersBeyondAscii() throws IOException {
    Path file = Files.copy(YELLOW_SQUARE, folder.resolve("it's a schönes Bild.png"));
    for (String written :
        List.of(
            file.toString(),
            "'" + file + "'",
            '"' + file.toString() + '"',
            file.toString().replaceAll("([ '])", "\\\\$1"))) {
      CommandLineRun run = chat(List.of("/image " + written, "Describe this image."));
      assertThat(run.out()).as(written).isEqualTo(YELLOW_SQUARE_TEXT + "\n");
    }
  }

  @Test
  void statsTellWhatWasComputedAgain() {
    CommandLineRun run =
        chat(List.of("/stats", "Describe this image.", "/stats"), YELLOW_SQUARE.toString());
    assertThat(run.err())
        .startsWith("turns     0\ncontext   0 of 2048 tokens\nturns     1\n")
        .contains("of 2048 tokens\nquestion  41 new tokens of 41");
    assertThat(chat(List.of("/help")).err()).contains("/image PATH", "Ctrl-C stops an answer");
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    CommandLineRun run = chat(List.of(), "--max-new-tokens=0");
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("expected at least 1, found 0");
  }

  /** A person who presses Ctrl-C while an answer comes, and once more at the prompt. */
  private static final class Person implements ChatInput {
    private final Deque<String> lines =
        new ArrayDeque<>(List.of("Describe this image.", "^C", "Describe this image."));
    private Runnable interrupt = () -> {};

    @Override
    public Optional<String> line() throws AbandonedException {
      Optional<String> line = Optional.ofNullable(lines.poll());
      if (line.filter("^C"::equals).isPresent()) {
        throw new AbandonedException();
      }
      return line;
    }

    @Override
    public boolean interactive() {
      return true;
    }

    @Override
    public void onInterrupt(Runnable action) {
      interrupt = action;
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  @Test
  void anInterruptStopsTheAnswerAndNotTheConversation() throws IOException {
    Person person = new Person();
    List<String> answers = new ArrayList<>();
    ChatAnswers impatient =
        new ChatAnswers() {
          @Override
          public boolean token(int id, String text) {
            if (answers.isEmpty()) {
              person.interrupt.run();
            }
            return true;
          }

          @Override
          public void answered(Generation answer) {
            answers.add(answer.tokens().size() + " " + answer.finishReason());
          }
        };
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
        PrintStream err = new PrintStream(notes, true, StandardCharsets.UTF_8);
        ChatRun run =
            new ChatRun(
                model,
                GenerationOptions.greedy().maxNewTokens(5),
                new PictureReader(new ImageDecoder()),
                Prompt.create(),
                person,
                impatient,
                new MonitorOption.Monitor(Optional.empty()),
                err)) {
      assertThat(run.talk()).isEqualTo(ExitCodes.OK);
    }
    assertThat(answers).containsExactly("1 cancelled", "5 length");
    assertThat(notes.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("(captioner, "),
            line -> assertThat(line).isEqualTo("(stopped)"),
            line -> assertThat(line).isEqualTo("(Ctrl-D or /quit ends.)"),
            line -> assertThat(line).startsWith("(cut after 5 tokens"));
  }
}
