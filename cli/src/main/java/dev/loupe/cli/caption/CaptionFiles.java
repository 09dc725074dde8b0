package dev.loupe.cli.caption;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.folder.CaptionComposer;
import dev.loupe.cli.folder.CaptionWatch;
import dev.loupe.cli.folder.CaptionWatching;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.terminal.ExpectedTime;
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
 * Captions files one after the other. A file that cannot be captioned is reported and does not stop
 * the others. The model is loaded after the first picture is read, so that a wrong path is reported
 * quickly.
 */
final class CaptionFiles implements AutoCloseable {

  private final ModelOptions modelOptions;
  private final RunConfig config;
  private final CaptionComposer composer;
  private final PictureReader reader;
  private final CaptionPrinter printer;
  private final PrintStream err;
  private final ShrinkNote shrunk;
  private final ProgressReporter progress;
  private final List<PictureInput> failed = new ArrayList<>();
  private Optional<Qwen2Vl> model = Optional.empty();
  private CaptionWatching watching;

  CaptionFiles(
      ModelOptions modelOptions,
      RunConfig config,
      CaptionComposer composer,
      PictureReader reader,
      CaptionPrinter printer,
      PrintStream err) {
    this.modelOptions = modelOptions;
    this.config = config;
    this.composer = composer;
    this.reader = reader;
    this.printer = printer;
    this.err = err;
    this.shrunk = new ShrinkNote(config, modelOptions.quiet(), err::println);
    this.progress = ProgressReporter.on(err, modelOptions.quiet());
  }

  /**
   * Captions all files, prints each result when it is complete, and returns the exit code.
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
              String text = composer.compose(picture(input), caption.text(), "");
              printer.caption(input, prompt(input), caption, text, loaded.loadTime());
            });
      }
    }
    return summary(inputs.size());
  }

  private Optional<List<RgbImage>> read(PictureInput input) {
    try {
      return Optional.of(input.decode(reader));
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      fail(input, e);
      return Optional.empty();
    }
  }

  private Qwen2Vl model() throws IOException {
    if (model.isEmpty()) {
      model = Optional.of(modelOptions.load(config.files(), config.profile(), progress, err));
      watching = config.watching(modelOptions);
    }
    return model.get();
  }

  private int longest() {
    return config.options().maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
  }

  private Optional<Caption> answer(
      PictureInput input, List<RgbImage> images, Qwen2Vl loaded, String taskName) {
    try (ProgressTask task = progress.start(taskName, longest(), " tokens", 1)) {
      TokenListener steps =
          (id, text) -> {
            task.step(1);
            return true;
          };
      String prompt = prompt(input);
      GenerationOptions options = config.options();
      sayTime(loaded, input, images, prompt, task);
      CaptionWatch watch = watching.begin(input.name(), input.asked(images, prompt));
      TokenListener listener = steps.watchedBy(watch.watch());
      return Optional.of(
          watch.completed(
              input.isClip()
                  ? loaded.captionClip(images, prompt, options, listener)
                  : loaded.caption(images.getFirst(), prompt, options, listener)));
    } catch (IllegalArgumentException
        | NonFiniteLogitsException
        | InvalidDistributionException
        | OutOfMemoryError e) {
      fail(input, e);
      return Optional.empty();
    }
  }

  /** The arithmetic of a GPU makes seconds of the others minutes. */
  private void sayTime(
      Qwen2Vl loaded, PictureInput input, List<RgbImage> images, String prompt, ProgressTask task) {
    if (modelOptions.quiet() || config.profile().accumulation().core().isEmpty()) {
      return;
    }
    loaded
        .estimate(input.asked(images, prompt), config.options(), config.profile())
        .flatMap(time -> ExpectedTime.of(time.of(longest())))
        .ifPresent(words -> task.say("loupe: %s: up to %s".formatted(input.label(), words)));
  }

  private void fail(PictureInput input, Throwable reason) {
    String text = input.explain(reason);
    failed.add(input);
    err.println("loupe: " + text);
    printer.failure(input, prompt(input), text);
  }

  /** The question. Variables in it stand for the picture, or for the first frame of a clip. */
  private String prompt(PictureInput input) {
    return config.prompt().fill(picture(input), "");
  }

  private static PictureFile picture(PictureInput input) {
    Path first = input.files().getFirst();
    return new PictureFile(first, first);
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
