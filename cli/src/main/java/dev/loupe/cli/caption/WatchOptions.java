package dev.loupe.cli.caption;

import dev.loupe.cli.options.MonitorOption;
import dev.loupe.cli.options.OptionGroup;
import dev.loupe.engine.AnswerWatch;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What looks at the numbers of captions. */
final class WatchOptions extends OptionGroup {

  @Option(
      names = "--receipt",
      description =
          "With --format jsonl: add to each caption a receipt, one hash of weights, arithmetic, "
              + "options, pixels, prompt, tokens and logits, which loupe verify computes again.")
  private boolean receipt;

  @Mixin private MonitorOption monitor;

  /**
   * What is watched.
   *
   * @param receipts whether captions get receipts
   * @param monitor watches an answer, by the name of its picture
   */
  record Watched(boolean receipts, Function<String, AnswerWatch> monitor) {}

  /** Refuses receipts where there is no place for them, or the caption is not the model's. */
  void requireFit(Optional<CaptionFormat> format, FolderOptions folders) {
    if (receipt && !format.equals(Optional.of(CaptionFormat.JSONL))) {
      throw usage("--receipt: expected --format jsonl with it, which has a place for it");
    }
    if (receipt && !folders.composer().isPlain()) {
      throw usage(
          "--receipt: expected captions as the model gives them, found --prefix, --suffix or"
              + " --existing append or prepend");
    }
  }

  /**
   * Opens the monitor, if there is one.
   *
   * @throws IOException if it cannot be written
   */
  MonitorOption.Monitor open(ModelFiles files, NumericsProfile profile, PrintStream err)
      throws IOException {
    return monitor.open(files, profile, err);
  }

  Watched with(MonitorOption.Monitor open) {
    return new Watched(receipt, open::watch);
  }
}
