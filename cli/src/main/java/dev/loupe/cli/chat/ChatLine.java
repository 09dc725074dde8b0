package dev.loupe.cli.chat;

import dev.loupe.io.UserHome;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The meaning of a line of a conversation.
 *
 * @param kind what to do
 * @param text the question, or the text after the command
 */
record ChatLine(Kind kind, String text) {

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
      /image PATH   add a picture to the next question
      /reset        forget the conversation and its pictures
      /stats        tokens and times
      /help         show these commands
      /quit         end, like Ctrl-D
      Ctrl-C stops an answer. A question that begins with / needs a space before it.\
      """;

  /** Parses a line. */
  static ChatLine of(String line) {
    if (line.isBlank()) {
      return new ChatLine(Kind.NOTHING, "");
    }
    if (!line.startsWith("/")) {
      return new ChatLine(Kind.QUESTION, line.strip());
    }
    String[] words = line.strip().split("\\s+", 2);
    String rest = words.length == 2 ? words[1] : "";
    return switch (words[0]) {
      case "/image" -> new ChatLine(Kind.IMAGE, rest);
      case "/reset" -> new ChatLine(Kind.RESET, rest);
      case "/stats" -> new ChatLine(Kind.STATS, rest);
      case "/help" -> new ChatLine(Kind.HELP, rest);
      case "/quit", "/exit" -> new ChatLine(Kind.QUIT, rest);
      default -> new ChatLine(Kind.UNKNOWN, words[0]);
    };
  }

  /**
   * The text as a path: unchanged if there is such a file, else without the quotes or backslashes
   * of a shell, which terminals add to the path of a dropped file.
   *
   * @throws InvalidPathException if the text is no path
   */
  Path path() {
    Path home = UserHome.of(System.getenv());
    String bare = text.replaceFirst("^(['\"])(.*)\\1$", "$2");
    return Stream.of(text, bare, bare.replaceAll("\\\\(.)", "$1"))
        .map(name -> Path.of(name.startsWith("~/") ? home + name.substring(1) : name))
        .filter(Files::exists)
        .findFirst()
        .orElseGet(() -> Path.of(bare));
  }
}
