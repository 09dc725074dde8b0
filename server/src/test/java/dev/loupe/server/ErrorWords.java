package dev.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/** What the body of an error must not hold: it tells a stranger what runs inside. */
final class ErrorWords {

  /** Names of packages and classes, of methods, of files of this machine, and lines of traces. */
  private static final Pattern INSIDE =
      Pattern.compile(
          "\\b(java|javax|jdk|sun|com|tools|dev)\\.[a-z]+\\."
              + "|Exception\\b|\\bError:|\\bat [a-z]+\\.|\\.java\\b|\\w+\\(\\)"
              + "|[A-Z][a-z]+[A-Z][a-z]+[A-Za-z]*\\.[a-zA-Z]"
              + "|(^|[\" ])/(home|tmp|usr|root|work)/|@[0-9a-f]{6,}");

  private ErrorWords() {}

  static void requireOurs(String body) {
    assertThat(INSIDE.matcher(body).find()).as(body).isFalse();
    assertThat(body.length()).as("the length of an error").isLessThan(2000);
    assertThat(body.chars())
        .as("characters of %s", body)
        .noneMatch(c -> c < ' ' || c == 0x7f || c >= 0x202a && c <= 0x202e);
  }
}
