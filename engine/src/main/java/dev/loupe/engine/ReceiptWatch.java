package dev.loupe.engine;

import dev.loupe.io.Sha256;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** Hashes the logits of one answer as it grows, then writes its receipt. One use. */
public final class ReceiptWatch implements AnswerWatch {

  /** Numbers that are copied at once: they stay in the first cache. */
  private static final int CHUNK = 1 << 11;

  private final Receipts receipts;
  private final Asked asked;
  private final GenerationOptions options;
  private final MessageDigest digest = Sha256.start();
  private final byte[] bytes = new byte[4 * CHUNK];
  private final MemorySegment chunk = MemorySegment.ofArray(bytes);

  ReceiptWatch(Receipts receipts, Asked asked, GenerationOptions options) {
    this.receipts = receipts;
    this.asked = asked;
    this.options = options;
  }

  /** The bits of float32, little-endian. NaN is a class, so all of it has one pattern. */
  @Override
  public void logits(Tensor logits, Workspace w) {
    MemorySegment from = logits.segment();
    long count = logits.shape().elements();
    for (long at = 0; at < count; at += CHUNK) {
      int length = (int) Math.min(CHUNK, count - at);
      for (int i = 0; i < length; i++) {
        float logit = from.get(Tensor.FLOAT, (at + i) * 4);
        chunk.set(Tensor.FLOAT, i * 4L, logit == logit ? logit : Float.NaN);
      }
      digest.update(bytes, 0, 4 * length);
    }
  }

  /**
   * The answer with its receipt.
   *
   * @param answer that this watched
   */
  public Generation receipted(Generation answer) {
    String ids = answer.tokens().stream().map(String::valueOf).collect(Collectors.joining(" "));
    return answer.with(
        new Receipt(
            receipts.model(),
            receipts.profile(),
            options,
            asked,
            Receipt.hash("tokens", ids, answer.finishReason().toString()),
            HexFormat.of().formatHex(digest.digest())));
  }
}
