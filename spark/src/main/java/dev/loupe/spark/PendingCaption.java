package dev.loupe.spark;

import dev.loupe.engine.Generation;
import dev.loupe.engine.ReceiptWatch;
import dev.loupe.spark.SharedDecoder.DecoderFailedException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.Row;

/**
 * A caption that is being made.
 *
 * @param width of the picture itself, upright, in pixels; 0 if it could not be read
 * @param height of the picture itself, upright, in pixels; 0 if it could not be read
 * @param prompt the question
 * @param receipt of the answer; empty if the picture could not be read
 * @param answer will be there
 */
record PendingCaption(
    int width,
    int height,
    String prompt,
    Optional<ReceiptWatch> receipt,
    CompletableFuture<Generation> answer) {

  /** The caption of a picture that has none. */
  static PendingCaption failed(String prompt, Throwable reason) {
    return new PendingCaption(
        0, 0, prompt, Optional.empty(), CompletableFuture.failedFuture(reason));
  }

  /**
   * Waits for the answer and counts it.
   *
   * @param settings the hash of model, arithmetic and options
   * @throws DecoderFailedException if the model cannot answer any more; the task fails
   */
  Row await(String settings, CaptionMetrics metrics) {
    try {
      Generation answered = answer.get(); // Where it failed, there may be no receipt.
      Generation done = receipt.orElseThrow().receipted(answered);
      metrics.pictures().add(1);
      metrics.tokens().add(done.tokens().size());
      return CaptionRow.captioned(done, width, height, prompt, settings);
    } catch (ExecutionException e) {
      return failed(e.getCause(), settings, metrics);
    } catch (InterruptedException | CancellationException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new TaskKilledException("a caption was awaited");
    }
  }

  private Row failed(Throwable reason, String settings, CaptionMetrics metrics) {
    if (reason instanceof DecoderFailedException broken) {
      throw broken;
    }
    metrics.failures().add(1);
    return CaptionRow.failed(reason, prompt, settings);
  }

  /** Ends the work on it. */
  void cancel() {
    answer.cancel(false);
  }
}
