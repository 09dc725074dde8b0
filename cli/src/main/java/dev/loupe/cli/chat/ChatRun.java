package dev.loupe.cli.chat;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.options.MonitorOption;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.ChatSession;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.PromptTooLongException;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A conversation, line by line. A line that fails is reported, and the conversation continues. */
final class ChatRun implements AutoCloseable {
  private final Qwen2Vl model;
  private final GenerationOptions options;
  private final PictureReader reader;
  private final Prompt opening;
  private final ChatInput input;
  private final ChatAnswers answers;
  private final MonitorOption.Monitor monitor;
  private final PrintStream err;
  private final List<RgbImage> pictures = new ArrayList<>();
  private ChatSession session;
  private Optional<Generation> last = Optional.empty();
  private int questions;
  private boolean failed;
  private volatile boolean stopped;

  /**
   * @param reader reads the pictures that the conversation shows
   * @param opening a prompt with the system message, or an empty one
   * @param monitor watches answers, which are numbered from 1
   */
  ChatRun(
      Qwen2Vl model,
      GenerationOptions options,
      PictureReader reader,
      Prompt opening,
      ChatInput input,
      ChatAnswers answers,
      MonitorOption.Monitor monitor,
      PrintStream err) {
    this.model = model;
    this.options = options;
    this.reader = reader;
    this.opening = opening;
    this.input = input;
    this.answers = answers;
    this.monitor = monitor;
    this.err = err;
    this.session = model.newChat(options);
    input.onInterrupt(() -> stopped = true);
  }

  /** Answers lines until the input ends, and returns the exit code. */
  int talk() throws IOException {
    note("%s, %s. /help shows the commands, Ctrl-D ends.".formatted(model.name(), model.backend()));
    while (true) {
      try {
        Optional<String> line = input.line();
        if (line.isEmpty() || !execute(ChatLine.of(line.get()))) {
          return failed && !input.interactive() ? ExitCodes.SOME_FAILED : ExitCodes.OK;
        }
      } catch (ChatInput.AbandonedException e) {
        note("Ctrl-D or /quit ends.");
      }
    }
  }

  /** Executes a line. Returns whether the conversation continues. */
  private boolean execute(ChatLine line) {
    switch (line.kind()) {
      case QUESTION -> ask(line.text());
      case IMAGE -> show(line);
      case RESET -> reset();
      case STATS -> err.println(stats());
      case HELP -> err.println(ChatLine.HELP);
      case QUIT -> {
        return false;
      }
      case NOTHING -> {}
      case UNKNOWN -> fail(line.text() + ": no such command; /help shows them");
    }
    return true;
  }

  private void show(ChatLine line) {
    if (line.text().isEmpty()) {
      fail("/image: expected a path, found none");
      return;
    }
    try {
      show(line.path());
    } catch (IllegalArgumentException e) {
      fail(ErrorReporter.text(e));
    }
  }

  /** Keeps a picture for the next question. */
  void show(Path file) {
    try {
      RgbImage picture = reader.read(file);
      pictures.add(picture);
      note("%s: %d x %d pixels".formatted(picture.name(), picture.width(), picture.height()));
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      fail(PictureInput.picture(file).explain(e));
    }
  }

  private void ask(String question) {
    Prompt turn = session.turns() == 0 ? opening : Prompt.create();
    for (RgbImage picture : pictures) {
      turn = turn.image(picture);
    }
    stopped = false;
    try {
      TokenListener shown = (id, text) -> answers.token(id, text) && !stopped;
      AnswerWatch watch = monitor.watch(String.valueOf(++questions));
      Generation answer = session.send(turn.text(question), shown.watchedBy(watch));
      answers.answered(answer);
      last = Optional.of(answer);
      pictures.clear();
      explain(answer);
    } catch (PromptTooLongException e) {
      fail(ErrorReporter.text(e) + ", or /reset the conversation");
    } catch (IllegalArgumentException
        | NonFiniteLogitsException
        | InvalidDistributionException
        | OutOfMemoryError e) {
      fail(ErrorReporter.text(e));
    }
  }

  private void explain(Generation answer) {
    if (answer.finishReason() == FinishReason.LENGTH) {
      note("cut after %d tokens; --max-new-tokens allows more".formatted(answer.tokens().size()));
    } else if (answer.finishReason() == FinishReason.CANCELLED) {
      note("stopped");
    }
  }

  private void reset() {
    session.close();
    session = model.newChat(options);
    pictures.clear();
    last = Optional.empty();
    note("conversation reset");
  }

  private String stats() {
    int limit = model.config().text().maxPositionEmbeddings();
    return last.map(
            answer -> {
              int length = answer.promptTokens() + answer.tokens().size();
              return String.format(
                  Locale.ROOT,
                  """
                  turns     %d
                  context   %d of %d tokens
                  question  %d new tokens of %d, pictures %.2f s, text %.2f s
                  answer    %d tokens in %.2f s\
                  """,
                  session.turns(),
                  length,
                  limit,
                  answer.promptTokens() - answer.cachedTokens(),
                  answer.promptTokens(),
                  seconds(answer.timings().image()),
                  seconds(answer.timings().prefill()),
                  answer.tokens().size(),
                  seconds(answer.timings().decode()));
            })
        .orElse("turns     0\ncontext   0 of " + limit + " tokens");
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** Prints a note for a person; not in a log file. */
  private void note(String text) {
    if (input.interactive()) {
      err.println("(" + text + ")");
    }
  }

  private void fail(String reason) {
    failed = true;
    err.println("loupe: " + reason);
  }

  @Override
  public void close() {
    session.close();
  }
}
