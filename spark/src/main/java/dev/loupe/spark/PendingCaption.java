package dev.loupe.spark;

import dev.loupe.engine.AnswerHash;
import dev.loupe.engine.Generation;
import dev.loupe.spark.SharedDecoder.DecoderFailedException;
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
 * @param digest the SHA-256 of the picture's file; empty if it could not be read
 * @param prompt the question
 * @param answer will be there
 */
record PendingCaption(
    int width, int height, String digest, String prompt, CompletableFuture<Generation> answer) {

  /** The caption of a picture that has none. */
  static PendingCaption failed(String prompt, Throwable reason) {
    return new PendingCaption(0, 0, "", prompt, CompletableFuture.failedFuture(reason));
  }

  /**
   * Waits for the answer and counts it.
   *
   * @throws DecoderFailedException if the model cannot answer any more; the task fails
   */
  Row await(AnswerHash hash, CaptionMetrics metrics) {
    try {
      Generation done = answer.get();
      metrics.pictures().add(1);
      metrics.tokens().add(done.tokens().size());
      return CaptionRow.captioned(
          done, width, height, prompt, hash.settings(), hash.of(digest, prompt, done));
    } catch (ExecutionException e) {
      return failed(e.getCause(), hash, metrics);
    } catch (InterruptedException | CancellationException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new TaskKilledException("a caption was awaited");
    }
  }

  private Row failed(Throwable reason, AnswerHash hash, CaptionMetrics metrics) {
    if (reason instanceof DecoderFailedException broken) {
      throw broken;
    }
    metrics.failures().add(1);
    return CaptionRow.failed(reason, prompt, hash.settings());
  }

  /** Ends the work on it. */
  void cancel() {
    answer.cancel(false);
  }
}
