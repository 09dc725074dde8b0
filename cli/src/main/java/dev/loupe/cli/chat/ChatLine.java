package dev.loupe.cli.chat;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a line of a conversation means.
 *
 * @param kind what to do
 * @param text the question, or what follows the command
 */
record ChatSpeech(Kind kind, String text) {

  enum Kind {
    QUESTION,
    IMAGE,
    RESET,
    STATS,
    HELP,
    QUIT,
    NOTHING,
    UNKNOWN
  }

  static final List<String> COMMANDS =
      List.of("/image", "/reset", "/stats", "/help", "/quit", "/exit");

  static final String HELP =
      """
      /image PATH   show a picture; it belongs to the next question
      /reset        forget the conversation and its pictures
      /stats        tokens and times
      /help         this
      /quit         end, as Ctrl-D does
      Ctrl-C stops an answer. A question that begins with / needs a blank before it.\
      """;

  /** Understands a line. */
  static ChatSpeech of(String line) {
    if (line.isBlank()) {
      return new ChatSpeech(Kind.NOTHING, "");
    }
    if (!line.startsWith("/")) {
      return new ChatSpeech(Kind.QUESTION, line.strip());
    }
    String[] words = line.strip().split("\\s+", 2);
    String rest = words.length == 2 ? words[1] : "";
    return switch (words[0]) {
      case "/image" -> new ChatSpeech(Kind.IMAGE, rest);
      case "/reset" -> new ChatSpeech(Kind.RESET, rest);
      case "/stats" -> new ChatSpeech(Kind.STATS, rest);
      case "/help" -> new ChatSpeech(Kind.HELP, rest);
      case "/quit", "/exit" -> new ChatSpeech(Kind.QUIT, rest);
      default -> new ChatSpeech(Kind.UNKNOWN, words[0]);
    };
  }

  /**
   * The text as a path: as it stands if there is such a file, else without the quotes or
   * backslashes that a shell would want, and that terminals paste with a dropped file.
   *
   * @throws InvalidPathException if it cannot be one
   */
  Path path() {
    String home = System.getProperty("user.home");
    String bare = text.replaceFirst("^(['\"])(.*)\\1$", "$2");
    return Stream.of(text, bare, bare.replaceAll("\\\\(.)", "$1"))
        .map(name -> Path.of(name.startsWith("~/") ? home + name.substring(1) : name))
        .filter(Files::exists)
        .findFirst()
        .orElseGet(() -> Path.of(bare));
  }
}
