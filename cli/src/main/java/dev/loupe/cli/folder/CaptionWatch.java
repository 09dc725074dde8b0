package dev.loupe.cli.folder;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.Caption;
import dev.loupe.engine.ReceiptWatch;
import java.util.Optional;

/**
 * What looks at the numbers of one caption.
 *
 * @param watch everything that does
 * @param receipt the part that writes the receipt, if one is wanted
 */
public record CaptionWatch(AnswerWatch watch, Optional<ReceiptWatch> receipt) {

  /** The caption, with its receipt if one is wanted. */
  public Caption completed(Caption caption) {
    return receipt
        .map(each ->
            new Caption(
                caption.width(),
                caption.height(),
                caption.resizedWidth(),
                caption.resizedHeight(),
                caption.imageTokens(),
                each.receipted(caption.generation())))
        .orElse(caption);
  }
}
