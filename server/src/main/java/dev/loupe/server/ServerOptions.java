package dev.loupe.server;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.GenerationOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where and how to serve. Immutable; each method returns a changed copy.
 *
 * @param address to listen on, port 0 for any free one
 * @param apiKey key that clients must send; without one the server listens to this machine only
 * @param allowedOrigins of pages of other sites that may use the server
 * @param limits of a request
 * @param answering values for what a request does not give
 * @param batch how many requests are computed side by side, at least 1; empty: as many as fit, up
 *     to {@value dev.loupe.engine.ModelMemory#LARGEST_BATCH}. Changes no answer
 * @param accessLog receives one line for each request, without its prompt and its answer
 * @param watches look at the numbers of an answer, by the id of its request; OpenAI's clients see
 *     the id after {@code chatcmpl-}
 */
public record ServerOptions(
    InetSocketAddress address,
    Optional<String> apiKey,
    Set<String> allowedOrigins,
    Limits limits,
    GenerationOptions answering,
    Optional<Integer> batch,
    Consumer<String> accessLog,
    Function<String, AnswerWatch> watches) {

  /** The default port. */
  public static final int DEFAULT_PORT = 8080;

  /**
   * Checks the key and the origins.
   *
   * @throws IllegalArgumentException if the address is not this machine's own and there is no key,
   *     or the key cannot be sent in a header, or an origin is none, or the batch has no place
   */
  public ServerOptions {
    allowedOrigins =
        allowedOrigins.stream().map(AllowedOrigin::normal).collect(Collectors.toUnmodifiableSet());
    apiKey
        .filter(key -> !key.matches("[\\x21-\\x7e]+"))
        .ifPresent(key -> {
          throw new IllegalArgumentException(
              "API key: expected one or more visible ASCII characters, found "
                  + (key.isBlank() ? "none" : "others"));
        });
    batch
        .filter(size -> size < 1)
        .ifPresent(size -> {
          throw new IllegalArgumentException("batch: expected at least 1, found " + size);
        });
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "host %s: expected an address of this machine, found none of that name"
              .formatted(address.getHostString()));
    }
    if (!address.getAddress().isLoopbackAddress() && apiKey.isEmpty()) {
      throw new IllegalArgumentException(
          ("host %s: expected an API key with an address that other machines can reach, found none;"
                  + " choose one, or listen on 127.0.0.1")
              .formatted(address.getHostString()));
    }
  }

  /** This machine only, port {@value #DEFAULT_PORT}, no key, greedy answers, no log. */
  public static ServerOptions defaults() {
    return new ServerOptions(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), DEFAULT_PORT),
        Optional.empty(),
        Set.of(),
        Limits.defaults(),
        GenerationOptions.greedy(),
        Optional.empty(),
        line -> {},
        _ -> AnswerWatch.NONE);
  }

  /** Listen on this port of the same address; 0 for any free one. */
  public ServerOptions port(int port) {
    return address(new InetSocketAddress(address.getAddress(), port));
  }

  /**
   * Listen on another address.
   *
   * @throws IllegalArgumentException if other machines can reach it and there is no key yet
   */
  public ServerOptions address(InetSocketAddress other) {
    return new ServerOptions(
        other, apiKey, allowedOrigins, limits, answering, batch, accessLog, watches);
  }

  /** Answer only clients that send this key. */
  public ServerOptions apiKey(String key) {
    return new ServerOptions(
        address, Optional.of(key), allowedOrigins, limits, answering, batch, accessLog, watches);
  }

  /**
   * Let pages of these origins use the server from a browser, such as {@code
   * https://photos.example}. They need the key too, if there is one.
   *
   * @throws IllegalArgumentException if one is no scheme, host and, where it is not the usual one,
   *     port
   */
  public ServerOptions allowedOrigins(Set<String> origins) {
    return new ServerOptions(
        address, apiKey, origins, limits, answering, batch, accessLog, watches);
  }

  /** Limits on one request. */
  public ServerOptions limits(Limits other) {
    return new ServerOptions(
        address, apiKey, allowedOrigins, other, answering, batch, accessLog, watches);
  }

  /** Values for what a request does not give. */
  public ServerOptions answering(GenerationOptions options) {
    return new ServerOptions(
        address, apiKey, allowedOrigins, limits, options, batch, accessLog, watches);
  }

  /**
   * Compute this many requests side by side; with 1 each waits for the one before it.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public ServerOptions batch(int size) {
    return new ServerOptions(
        address, apiKey, allowedOrigins, limits, answering, Optional.of(size), accessLog, watches);
  }

  /** Receives one line for each request. */
  public ServerOptions accessLog(Consumer<String> log) {
    return new ServerOptions(
        address, apiKey, allowedOrigins, limits, answering, batch, log, watches);
  }

  /** Looks at the numbers of each answer; the same function may be asked by several threads. */
  public ServerOptions watches(Function<String, AnswerWatch> other) {
    return new ServerOptions(
        address, apiKey, allowedOrigins, limits, answering, batch, accessLog, other);
  }

  /** Does not show the key. */
  @Override
  public String toString() {
    return "ServerOptions[%s, %s, %s]"
        .formatted(address, apiKey.isPresent() ? "with a key" : "no key", limits);
  }
}
