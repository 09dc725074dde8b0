package dev.loupe.cli.caption;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.Caption;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Captions pictures one after the other. One that cannot be captioned is reported and does not stop
 * the others. The model is loaded when the first picture has been read, so that a mistyped path is
 * reported at once.
 */
final class CaptionRun implements AutoCloseable {

  private final ModelOptions modelOptions;
  private final CaptionSettings settings;
  private final CaptionPrinter printer;
  private final PrintStream err;
  private final ShrinkNote shrunk;
  private final ProgressReporter progress;
  private final List<PictureInput> failed = new ArrayList<>();
  private Optional<Qwen2Vl> model = Optional.empty();

  CaptionRun(
      ModelOptions modelOptions,
      CaptionSettings settings,
      CaptionPrinter printer,
      PrintStream err) {
    this.modelOptions = modelOptions;
    this.settings = settings;
    this.printer = printer;
    this.err = err;
    this.shrunk = new ShrinkNote(settings, modelOptions.quiet(), err::println);
    this.progress = ProgressReporter.on(err, modelOptions.quiet());
  }

  /**
   * Captions all, prints each result when it is there, and returns the exit code.
   *
   * @throws IOException if the model cannot be loaded
   */
  int caption(List<PictureInput> inputs) throws IOException {
    for (int i = 0; i < inputs.size(); i++) {
      PictureInput input = inputs.get(i);
      String task = inputs.size() == 1 ? "Captioning" : (i + 1) + " of " + inputs.size();
      Optional<List<RgbImage>> images = read(input);
      if (images.isPresent()) {
        Qwen2Vl loaded = model();
        answer(input, images.get(), loaded, task)
            .ifPresent(caption -> {
              shrunk.check(input.label(), caption.width(), caption.height());
              printer.caption(input, prompt(input), caption, loaded.loadTime());
            });
      }
    }
    return summary(inputs.size());
  }

  private Optional<List<RgbImage>> read(PictureInput input) {
    try {
      return Optional.of(input.decode());
    } catch (IOException | IllegalArgumentException | OutOfMemoryError e) {
      fail(input, e);
      return Optional.empty();
    }
  }

  private Qwen2Vl model() throws IOException {
    if (model.isEmpty()) {
      model = Optional.of(modelOptions.load(settings.files(), settings.profile(), progress, err));
    }
    return model.get();
  }

  private int longest() {
    return settings.options().maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
  }

  private Optional<Caption> answer(
      PictureInput input, List<RgbImage> images, Qwen2Vl loaded, String taskName) {
    try (ProgressTask task = progress.start(taskName, longest(), " tokens", 1)) {
      TokenListener listener =
          (id, text) -> {
            task.step(1);
            return true;
          };
      String prompt = prompt(input);
      GenerationOptions options = settings.options();
      return Optional.of(
          input.isClip()
              ? loaded.captionClip(images, prompt, options, listener)
              : loaded.caption(images.getFirst(), prompt, options, listener));
    } catch (IllegalArgumentException
        | NonFiniteLogitsException
        | InvalidDistributionException
        | OutOfMemoryError e) {
      fail(input, e);
      return Optional.empty();
    }
  }

  private void fail(PictureInput input, Throwable reason) {
    String text = input.explain(reason);
    failed.add(input);
    err.println("loupe: " + text);
    printer.failure(input, prompt(input), text);
  }

  /** The question; about a clip, in the words for its first frame. */
  private String prompt(PictureInput input) {
    Path first = input.files().getFirst();
    return settings.prompt().fill(new PictureFile(first, first), "");
  }

  private int summary(int count) {
    if (failed.isEmpty()) {
      return ExitCodes.OK;
    }
    if (count > 1) {
      err.println("loupe: %d of %d failed:".formatted(failed.size(), count));
      failed.forEach(input -> err.println("  " + input.label()));
    }
    return failed.size() == count ? ExitCodes.FAILED : ExitCodes.SOME_FAILED;
  }

  @Override
  public void close() {
    model.ifPresent(Qwen2Vl::close);
  }
}
