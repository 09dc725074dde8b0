package dev.loupe.engine;

import dev.loupe.tokenizer.StreamingDecoder;
import java.util.List;

/**
 * The text of an answer as its tokens arrive. Holds back incomplete characters, and text that may
 * be the beginning of a stop string.
 */
final class AnswerText {
  private final StreamingDecoder decoder;
  private final List<String> stops;
  private final int longestStop;
  private final StringBuilder text = new StringBuilder();
  private int shown;
  private boolean stopped;

  AnswerText(StreamingDecoder decoder, List<String> stops) {
    this.decoder = decoder;
    this.stops = stops;
    this.longestStop = stops.stream().mapToInt(String::length).max().orElse(0);
  }

  /** Adds a token; true if it completed a stop string, before which the text ends now. */
  boolean push(int token) {
    int from = Math.max(0, text.length() - longestStop + 1);
    text.append(decoder.push(token));
    int end =
        stops.stream()
            .mapToInt(stop -> text.indexOf(stop, from))
            .filter(at -> at >= 0)
            .min()
            .orElse(-1);
    if (end >= 0) {
      text.setLength(end);
      stopped = true;
    }
    return stopped;
  }

  /** What can be shown and was not yet. */
  String next() {
    return show(text.length() - suspect());
  }

  /** All that was not shown yet, now that no token follows. */
  String rest() {
    if (!stopped) {
      text.append(decoder.finish());
    }
    return show(text.length());
  }

  /** What was shown. */
  String shown() {
    return text.substring(0, shown);
  }

  private String show(int end) {
    String piece = text.substring(shown, end);
    shown = end;
    return piece;
  }

  /** How many characters at the end are the beginning of a stop string. */
  private int suspect() {
    for (int length = Math.min(longestStop - 1, text.length() - shown); length > 0; length--) {
      String end = text.substring(text.length() - length);
      if (stops.stream().anyMatch(stop -> stop.startsWith(end))) {
        return length;
      }
    }
    return 0;
  }
}
