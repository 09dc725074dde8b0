package dev.loupe.cli.folder;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of file names, such as {@code photos/**}{@code /*.jpg}: {@code *} and {@code ?} within
 * a name, {@code [a-c]}, {@code {jpg,png}}, and {@code **} for any number of folders.
 */
record Glob(String pattern) {

  private static final String SPECIAL = "*?[{";

  static boolean looksLikeOne(String argument) {
    return argument.chars().anyMatch(c -> SPECIAL.indexOf(c) >= 0);
  }

  /** The folder before the first name with a special character. */
  Path base() {
    int special = 0;
    while (SPECIAL.indexOf(pattern.charAt(special)) < 0) {
      special++;
    }
    int slash = pattern.lastIndexOf('/', special);
    return slash < 0 ? Path.of("") : Path.of(pattern.substring(0, Math.max(slash, 1)));
  }

  /** Whether the pattern may match files in folders inside {@link #base}. */
  boolean recursive() {
    String rest = pattern.substring(base().toString().length());
    return pattern.contains("**") || rest.replaceFirst("^/", "").contains("/");
  }

  /** Whether the pattern names an extension; then files are not filtered by their extension. */
  boolean namesExtension() {
    int dot = pattern.lastIndexOf('.');
    return dot > pattern.lastIndexOf('/') && !looksLikeOne(pattern.substring(dot));
  }

  /** Matches paths that begin with {@link #base}. */
  PathMatcher matcher() {
    List<PathMatcher> matchers = variants(pattern).stream().map(Glob::matcherOf).toList();
    return path -> matchers.stream().anyMatch(each -> each.matches(path));
  }

  private static PathMatcher matcherOf(String variant) {
    try {
      return FileSystems.getDefault().getPathMatcher(variant);
    } catch (PatternSyntaxException e) {
      // Java's own message has several lines and points into another text.
      throw new IllegalArgumentException(
          "%s: expected a file, or a pattern whose brackets and braces are closed, found neither"
              .formatted(variant.substring("glob:".length())),
          e);
    }
  }

  /**
   * Java's {@code **}{@code /} needs at least one folder, so these are all patterns with and
   * without it.
   */
  private static List<String> variants(String pattern) {
    int at = pattern.lastIndexOf("**/");
    if (at < 0) {
      return List.of("glob:" + pattern);
    }
    List<String> all = new ArrayList<>();
    for (String head : variants(pattern.substring(0, at))) {
      all.add(head + pattern.substring(at));
      all.add(head + pattern.substring(at + 3));
    }
    return all;
  }
}
