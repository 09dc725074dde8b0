package dev.loupe.server;

import java.time.Duration;

/**
 * Limits on one request. Immutable; each method returns a changed copy.
 *
 * @param bodyBytes of a request: a picture takes a third more in base64 than in its file
 * @param waiting how many requests may wait while others run; more get status 503
 * @param pictures in one request
 * @param picturePixels of all pictures of a request together, three bytes of memory each
 * @param newTokens the longest answer; a request that asks for more gets this many
 * @param bodyTime time for a request to arrive, and for its client to take each piece of the reply
 * @param decodeTime time to decode all pictures of a request together, once it is their turn
 * @param answerTime time from the arrival of a request to the end of the answer, with the time in
 *     the queue
 */
public record Limits(
    int bodyBytes,
    int waiting,
    int pictures,
    long picturePixels,
    int newTokens,
    Duration bodyTime,
    Duration decodeTime,
    Duration answerTime) {

  private static final int MEBIBYTE = 1 << 20;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is below 1; waiting requests and pictures may be 0
   */
  public Limits {
    require("body bytes", bodyBytes, 1);
    require("waiting requests", waiting, 0);
    require("pictures", pictures, 0);
    require("picture pixels", picturePixels, 1);
    require("new tokens", newTokens, 1);
    require("body time in ms", bodyTime.toMillis(), 1);
    require("decode time in ms", decodeTime.toMillis(), 1);
    require("answer time in ms", answerTime.toMillis(), 1);
  }

  private static void require(String name, long found, long least) {
    if (found < least) {
      throw new IllegalArgumentException(
          "%s: expected at least %d, found %d".formatted(name, least, found));
    }
  }

  /**
   * 32 MiB, 16 waiting requests, 16 pictures of 64 million pixels together, 1024 tokens, 30 seconds
   * for the body, 20 for its pictures and 10 minutes for the answer.
   */
  public static Limits defaults() {
    return new Limits(
        32 * MEBIBYTE,
        16,
        16,
        64_000_000,
        1024,
        Duration.ofSeconds(30),
        Duration.ofSeconds(20),
        Duration.ofMinutes(10));
  }

  /** Bytes of a request. */
  public Limits bodyBytes(int bytes) {
    return new Limits(
        bytes, waiting, pictures, picturePixels, newTokens, bodyTime, decodeTime, answerTime);
  }

  /** How many requests may wait. */
  public Limits waiting(int requests) {
    return new Limits(
        bodyBytes, requests, pictures, picturePixels, newTokens, bodyTime, decodeTime, answerTime);
  }

  /** Pictures of a request. */
  public Limits pictures(int count) {
    return new Limits(
        bodyBytes, waiting, count, picturePixels, newTokens, bodyTime, decodeTime, answerTime);
  }

  /** Pixels of all pictures of a request together. */
  public Limits picturePixels(long pixels) {
    return new Limits(
        bodyBytes, waiting, pictures, pixels, newTokens, bodyTime, decodeTime, answerTime);
  }

  /** The longest answer. */
  public Limits newTokens(int tokens) {
    return new Limits(
        bodyBytes, waiting, pictures, picturePixels, tokens, bodyTime, decodeTime, answerTime);
  }

  /** Time for a request to arrive, and for each piece of the reply to be taken. */
  public Limits bodyTime(Duration time) {
    return new Limits(
        bodyBytes, waiting, pictures, picturePixels, newTokens, time, decodeTime, answerTime);
  }

  /** Time to decode the pictures of a request. */
  public Limits decodeTime(Duration time) {
    return new Limits(
        bodyBytes, waiting, pictures, picturePixels, newTokens, bodyTime, time, answerTime);
  }

  /** Time for an answer. */
  public Limits answerTime(Duration time) {
    return new Limits(
        bodyBytes, waiting, pictures, picturePixels, newTokens, bodyTime, decodeTime, time);
  }
}
