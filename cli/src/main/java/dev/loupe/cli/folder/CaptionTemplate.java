package dev.loupe.cli.folder;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with variables: {@code {name}} the file name without extension, {@code {folder}} the name
 * of the picture's folder, {@code {existing}} the existing caption. Doubled braces around a word
 * stand for single braces. Braces around anything but one word stay as they are, as in JSON.
 */
public final class CaptionTemplate {

  private static final Pattern VARIABLE = Pattern.compile("\\{\\{([A-Za-z_]+)}}|\\{([A-Za-z_]+)}");
  private static final String EXISTING = "existing";

  private final String text;

  /**
   * Checks the variables.
   *
   * @throws IllegalArgumentException if a variable is unknown
   */
  public CaptionTemplate(String text) {
    this.text = text;
    Map<String, String> known = Map.of("name", "", "folder", "", EXISTING, "");
    VARIABLE
        .matcher(text)
        .results()
        .filter(found -> found.group(2) != null && !known.containsKey(found.group(2)))
        .findFirst()
        .ifPresent(found -> {
          throw new IllegalArgumentException(
              "expected the variables {name}, {folder} or {existing}, found {%s}; double the braces to write them as text"
                  .formatted(found.group(2)));
        });
  }

  /** Whether the text contains the existing caption. */
  public boolean usesExisting() {
    return VARIABLE.matcher(text).results().anyMatch(found -> EXISTING.equals(found.group(2)));
  }

  /** The text for a picture. */
  public String fill(PictureFile picture, String existing) {
    Map<String, String> values =
        Map.of("name", picture.name(), "folder", picture.folder(), EXISTING, existing);
    return VARIABLE
        .matcher(text)
        .replaceAll(found ->
            Matcher.quoteReplacement(
                found.group(2) == null ? "{" + found.group(1) + "}" : values.get(found.group(2))));
  }

  /** The text with its variables. */
  @Override
  public String toString() {
    return text;
  }
}
