package dev.loupe.engine.diagnose;

import dev.loupe.engine.sampling.InvalidDistributionException;

/**
 * PyTorch's refusal to draw a token.
 *
 * @param token which token of the answer, counted from 1
 * @param message what Python sees on a CPU, as a {@code RuntimeError}
 * @param cudaMessage what Python sees on CUDA from PyTorch 2.6 on: the device's assertion, after
 *     which the process can use the GPU no more
 * @param found what the probabilities held
 */
public record Refusal(int token, String message, String cudaMessage, String found) {

  static Refusal of(int token, InvalidDistributionException e) {
    return new Refusal(token, e.getMessage(), e.cudaMessage(), e.found());
  }
}
