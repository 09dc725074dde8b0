package dev.loupe.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * The key that clients must send as {@code Authorization: Bearer KEY}.
 *
 * @param key empty if clients need none
 */
record ApiKey(Optional<String> key) {

  private static final String SCHEME = "Bearer ";

  void check(Exchange exchange) {
    if (key.isPresent() && !matches(exchange.requestHeader("Authorization").orElse(""))) {
      throw ApiError.key();
    }
  }

  /** Compares in a time that does not depend on how many characters are right. */
  private boolean matches(String header) {
    boolean scheme = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String found = scheme ? header.substring(SCHEME.length()).strip() : "";
    return MessageDigest.isEqual(
        key.orElseThrow().getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return key.isPresent() ? "a key" : "no key";
  }
}
