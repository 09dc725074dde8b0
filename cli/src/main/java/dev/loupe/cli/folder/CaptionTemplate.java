package dev.loupe.cli.folder;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with variables: {@code {name}} the file name without extension, {@code {folder}} the name
 * of the folder that the picture lies in, {@code {existing}} the caption that is there already.
 * Doubled braces around a word are single ones that mean themselves, and so are all braces that
 * hold anything but one word, as in JSON.
 */
public final class CaptionTemplate {

  private static final Pattern VARIABLE = Pattern.compile("\\{\\{([A-Za-z_]+)}}|\\{([A-Za-z_]+)}");
  private static final String EXISTING = "existing";

  private final String text;

  /**
   * Checks the variables.
   *
   * @throws IllegalArgumentException if there is none of such a name
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
              "expected the variables {name}, {folder} or {existing}, found {%s}; double the braces if they are meant"
                  .formatted(found.group(2)));
        });
  }

  /** Whether the caption that is there already matters. */
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

  /** The text as it was given. */
  @Override
  public String toString() {
    return text;
  }
}
