package dev.loupe.cli.folder;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.Asked;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.ReceiptWatch;
import dev.loupe.engine.Receipts;
import java.util.Optional;

/**
 * Whether the numbers of captions are looked at: the one place that decides it.
 *
 * @param receipts writes receipts, if they are wanted
 * @param options of the answers
 */
public record CaptionWatching(Optional<Receipts> receipts, GenerationOptions options) {

  /**
   * What watches a caption.
   *
   * @param prompt with the pictures as they were decoded; read only if receipts are wanted
   */
  public CaptionWatch begin(Prompt prompt) {
    Optional<ReceiptWatch> receipt = receipts.map(each -> each.watch(Asked.of(prompt), options));
    return new CaptionWatch(receipt.<AnswerWatch>map(w -> w).orElse(AnswerWatch.NONE), receipt);
  }
}
