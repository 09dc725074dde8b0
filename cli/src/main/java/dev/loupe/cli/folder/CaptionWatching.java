package dev.loupe.cli.folder;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.Asked;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.ReceiptWatch;
import dev.loupe.engine.Receipts;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether the numbers of captions are looked at: the one place that decides it.
 *
 * @param receipts writes receipts, if they are wanted
 * @param options of the answers
 * @param monitor watches an answer, by the name of its picture
 */
public record CaptionWatching(
    Optional<Receipts> receipts, GenerationOptions options, Function<String, AnswerWatch> monitor) {

  /**
   * What watches a caption.
   *
   * @param name of the picture
   * @param prompt with the pictures as they were decoded; read only if receipts are wanted
   */
  public CaptionWatch begin(String name, Prompt prompt) {
    Optional<ReceiptWatch> receipt = receipts.map(each -> each.watch(Asked.of(prompt), options));
    AnswerWatch hash = receipt.<AnswerWatch>map(w -> w).orElse(AnswerWatch.NONE);
    return new CaptionWatch(AnswerWatch.all(List.of(monitor.apply(name), hash)), receipt);
  }
}
