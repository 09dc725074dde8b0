package dev.loupe.cli.verify;

import dev.loupe.cli.folder.CaptionRows;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.Asked;
import dev.loupe.engine.Caption;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelHash;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Receipt;
import dev.loupe.engine.ReceiptWatch;
import dev.loupe.engine.Receipts;
import dev.loupe.engine.TokenListener;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Computes captions again and compares them with their rows. Nothing is computed for a row whose
 * model, options, picture or prompt is another one. The model is loaded when a row needs it.
 */
final class RowVerifier implements AutoCloseable {

  /** Fields of a row that another run may write differently. */
  private static final Set<String> OF_THE_RUN =
      Set.of("image", "model", "timings", CaptionRows.RECEIPT);

  private final ModelOptions options;
  private final ModelFiles files;
  private final String modelHash;
  private final PictureReader reader;
  private final RowFile rowFile;
  private final PrintStream err;
  private final ProgressReporter progress;
  private Optional<Qwen2Vl> model = Optional.empty();

  /**
   * A verifier that has read no picture.
   *
   * @param folder of the file with the rows
   * @throws IOException if there is no such model, or a file of it cannot be read
   */
  RowVerifier(ModelOptions options, PictureReader reader, Path folder, PrintStream err)
      throws IOException {
    this.options = options;
    this.files = options.files();
    LoadOptions load = options.loadOptions(files, NumericsProfile.FLOAT32);
    this.modelHash = ModelHash.of(files, load);
    this.reader = reader;
    this.rowFile = new RowFile(folder);
    this.err = err;
    this.progress = ProgressReporter.on(err, options.quiet());
  }

  /**
   * Whether a row is what its receipt says, and both are what this machine computes.
   *
   * @param line of the row
   * @throws IOException if the model cannot be loaded
   */
  RowVerdict verify(int line, JsonObject row) throws IOException {
    String image = row.requiredText("image");
    Optional<JsonObject> fields = row.object(CaptionRows.RECEIPT);
    if (fields.isEmpty()) {
      return new RowVerdict(line, image, List.of(CaptionRows.RECEIPT), "the row has none");
    }
    Receipt claimed;
    try {
      claimed = Receipt.of(fields.get().values());
    } catch (IllegalArgumentException e) {
      return new RowVerdict(line, image, List.of(CaptionRows.RECEIPT), e.getMessage());
    }
    Differences found = new Differences();
    found.check("settings", fields.get().requiredText("settings"), claimed.settings());
    if (!claimed.model().equals(modelHash)) {
      found.add(
          "model",
          "expected %s, found %s; give the --model, --weights and --tokenizer of the captions"
              .formatted(claimed.model(), modelHash));
    }
    Optional<Prompt> prompt = prompt(row, claimed, found);
    if (found.isEmpty() && prompt.isPresent()) {
      answer(row, prompt.get(), claimed, found);
    }
    if (found.isEmpty()) {
      found.check("hash", fields.get().requiredText("hash"), claimed.hash());
    }
    return new RowVerdict(line, image, found.names, found.reason);
  }

  /** The prompt of a row, if it is the one of the receipt. */
  private Optional<Prompt> prompt(JsonObject row, Receipt claimed, Differences found) {
    PictureInput input;
    List<RgbImage> images;
    try {
      input = rowFile.input(row);
      images = input.decode(reader);
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      found.add("picture", e.getMessage());
      return Optional.empty();
    }
    String question = row.requiredText("prompt");
    Prompt prompt = input.asked(images, question);
    Asked asked = Asked.of(prompt);
    if (images.size() == 1 && !asked.picture().equals(claimed.asked().picture())) {
      Prompt clip = Prompt.create().clip(images).text(question); // A clip may have one frame.
      if (Asked.of(clip).picture().equals(claimed.asked().picture())) {
        prompt = clip;
        asked = Asked.of(clip);
      }
    }
    found.check("picture", claimed.asked().picture(), asked.picture());
    found.check("prompt", claimed.asked().prompt(), asked.prompt());
    return Optional.of(prompt);
  }

  private void answer(JsonObject row, Prompt prompt, Receipt claimed, Differences found)
      throws IOException {
    Qwen2Vl loaded = model(claimed.profile());
    int longest = claimed.options().maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
    ReceiptWatch watch =
        new Receipts(modelHash, claimed.profile()).watch(claimed.asked(), claimed.options());
    try (ProgressTask task = progress.start("Verifying", longest, " tokens", 1)) {
      TokenListener steps =
          (id, text) -> {
            task.step(1);
            return true;
          };
      Generation answer =
          watch.receipted(loaded.generate(prompt, claimed.options(), steps.watchedBy(watch)));
      Receipt again = answer.receipt().orElseThrow();
      found.check("tokens", claimed.tokens(), again.tokens());
      found.check("logits", claimed.logits(), again.logits());
      compare(row, Caption.of(answer), claimed, found);
    } catch (RuntimeException e) {
      found.add("answer", e.getMessage());
    }
  }

  /** Every other field of the row, as {@code caption} would write it. */
  private void compare(JsonObject row, Caption caption, Receipt claimed, Differences found) {
    CaptionRows rows =
        new CaptionRows("", options.weightTypes(), claimed.profile(), claimed.options().seed());
    Map<String, Object> again =
        rows.captioned(
            "", row.requiredText("prompt"), caption, caption.text().strip(), Duration.ZERO);
    again.forEach((name, value) -> {
      if (!OF_THE_RUN.contains(name)) {
        found.check(name, json(row.value(name).orElse(null)), json(value));
      }
    });
  }

  private static String json(Object value) {
    String object = Json.write(Json.object("", value));
    return object.substring(object.indexOf(':') + 1, object.length() - 1);
  }

  /** One model is in memory at a time. */
  private Qwen2Vl model(NumericsProfile profile) throws IOException {
    if (model.isPresent() && model.get().profile().compute() != profile.compute()) {
      close();
    }
    if (model.isEmpty()) {
      model = Optional.of(options.load(files, profile, progress, err));
    }
    return model.get().with(profile);
  }

  @Override
  public void close() {
    model.ifPresent(Qwen2Vl::close);
    model = Optional.empty();
  }

  /** What does not hold of a row. */
  private static final class Differences {
    private final List<String> names = new ArrayList<>();
    private String reason = "";

    void check(String name, String claimed, String found) {
      if (!claimed.equals(found)) {
        add(name, "expected %s, found %s".formatted(claimed, found));
      }
    }

    void add(String name, String why) {
      if (names.isEmpty()) {
        reason = why == null ? "" : why;
      }
      if (!names.contains(name)) {
        names.add(name);
      }
    }

    boolean isEmpty() {
      return names.isEmpty();
    }
  }
}
