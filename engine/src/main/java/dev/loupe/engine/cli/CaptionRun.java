package dev.loupe.engine.cli;

import dev.loupe.engine.Caption;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.RgbImage;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
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
  private final ModelFiles files;
  private final NumericsProfile profile;
  private final String prompt;
  private final GenerationOptions options;
  private final CaptionPrinter printer;
  private final PrintStream err;
  private final ProgressReporter progress;
  private final List<PictureInput> failed = new ArrayList<>();
  private Optional<Qwen2Vl> model = Optional.empty();

  CaptionRun(
      ModelOptions modelOptions,
      ModelFiles files,
      NumericsProfile profile,
      String prompt,
      GenerationOptions options,
      CaptionPrinter printer,
      PrintStream err) {
    this.modelOptions = modelOptions;
    this.files = files;
    this.profile = profile;
    this.prompt = prompt;
    this.options = options;
    this.printer = printer;
    this.err = err;
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
            .ifPresent(caption -> printer.caption(input, caption, loaded.loadTime()));
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
      model = Optional.of(modelOptions.load(files, profile, progress, err));
    }
    return model.get();
  }

  private int longest() {
    return options.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
  }

  private Optional<Caption> answer(
      PictureInput input, List<RgbImage> images, Qwen2Vl loaded, String taskName) {
    try (ProgressTask task = progress.start(taskName, longest(), " tokens", 1)) {
      TokenListener listener =
          (id, text) -> {
            task.step(1);
            return true;
          };
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
    printer.failure(input, text);
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
