package dev.loupe.engine;

import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;

/**
 * Writes receipts for the answers of a model.
 *
 * <pre>{@code
 * Receipts receipts = Receipts.of(files, options);
 * Generation answer = receipts.answer(model, prompt, GenerationOptions.greedy());
 * System.out.println(answer.receipt().orElseThrow().hash());
 * }</pre>
 *
 * @param model what {@link ModelHash} says of it
 * @param profile the arithmetic of the answers
 */
public record Receipts(String model, NumericsProfile profile) {

  /**
   * Receipts for a model that is loaded from these files with these options. Reads the weights
   * once, if no earlier load remembers their hash.
   *
   * @throws IOException if a file cannot be read
   */
  public static Receipts of(ModelFiles files, LoadOptions options) throws IOException {
    return new Receipts(ModelHash.of(files, options), options.profile());
  }

  /** The hash of model, arithmetic and options. */
  public String settings(GenerationOptions options) {
    return Receipt.settings(model, profile, options);
  }

  /** What watches one answer, to write its receipt. */
  public ReceiptWatch watch(Asked asked, GenerationOptions options) {
    return new ReceiptWatch(this, asked, options);
  }

  /**
   * Answers a prompt, with a receipt.
   *
   * @throws IllegalArgumentException if the model computes in another arithmetic than the receipt
   *     would say
   */
  public Generation answer(Qwen2Vl loaded, Prompt prompt, GenerationOptions options) {
    if (!loaded.profile().equals(profile)) {
      throw new IllegalArgumentException(
          "receipts: expected a model in %s, found %s".formatted(profile, loaded.profile()));
    }
    ReceiptWatch watch = watch(Asked.of(prompt), options);
    return watch.receipted(loaded.generate(prompt, options, TokenListener.NONE.watchedBy(watch)));
  }
}
