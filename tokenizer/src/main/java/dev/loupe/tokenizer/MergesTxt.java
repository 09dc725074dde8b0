package dev.loupe.tokenizer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code merges.txt}: a merge on each line, two tokens with a space between, best first. Only
 * a first line that begins with {@code #version} is none; {@code # #} is a merge.
 */
final class MergesTxt {
  private MergesTxt() {}

  /** The tokens of all merges, left and right in turn. */
  static List<String> read(InputStream in, String subject) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    List<String> merges = new ArrayList<>();
    int number = 1;
    for (String line = lines.readLine(); line != null; line = lines.readLine(), number++) {
      if (number > 1 || !line.startsWith("#version")) {
        split(line, subject + ": line " + number, merges);
      }
    }
    return merges;
  }

  /** Adds the two tokens of {@code "left right"}. */
  static void split(String merge, String subject, List<String> out) throws IOException {
    int space = merge.indexOf(' ');
    if (space < 1 || space != merge.lastIndexOf(' ') || space == merge.length() - 1) {
      throw TokenizerJson.malformed(
          subject, "two tokens and one space between them", "\"" + merge + "\"");
    }
    out.add(merge.substring(0, space));
    out.add(merge.substring(space + 1));
  }
}
