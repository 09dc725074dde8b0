package dev.loupe.engine.compare;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stage of a trace by its place in the run.
 *
 * @param kind what it is
 * @param number of the layer or block; 0 for other kinds
 * @param name in the file
 */
record TraceStage(Kind kind, int number, String name) implements Comparable<TraceStage> {

  /** In the order of the run, inputs first. Scores come before their block or layer. */
  enum Kind {
    INPUT_IDS("input_ids"),
    GRID_THW("grid_thw"),
    PIXEL_VALUES("pixel_values"),
    POSITION_IDS("position_ids"),
    PATCH_EMBED("visual.patch_embed"),
    TOWER_SCORES("visual.attention."),
    BLOCK("visual.blocks."),
    MERGER("visual.merger"),
    INPUTS_EMBEDS("inputs_embeds"),
    SCORES("attention."),
    LAYER("layers."),
    NORM("norm"),
    LOGITS("logits");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** Whether its tensor holds integers. */
    boolean integers() {
      return this == INPUT_IDS || this == GRID_THW || this == POSITION_IDS || scores();
    }

    /** Whether it lists scores that are not finite. */
    boolean scores() {
      return this == TOWER_SCORES || this == SCORES;
    }

    /** Whether it is what the model is given. */
    boolean input() {
      return compareTo(PATCH_EMBED) < 0;
    }

    /** Whether its operations include attention. */
    boolean attends() {
      return this == BLOCK || this == LAYER;
    }

    private int place() {
      return scores() ? ordinal() + 1 : ordinal();
    }
  }

  private static final Pattern NUMBERED =
      Pattern.compile(
          "(visual\\.blocks\\.|layers\\.|(?:visual\\.)?attention\\.)(\\d{1,4})(\\.nonfinite)?");

  private static final Comparator<TraceStage> ORDER =
      Comparator.comparingInt((TraceStage s) -> s.kind.place())
          .thenComparingInt(TraceStage::number)
          .thenComparing(TraceStage::kind);

  /** The stage of this name; empty if no trace has one. */
  static Optional<TraceStage> named(String name) {
    Matcher numbered = NUMBERED.matcher(name);
    String text = numbered.matches() ? numbered.group(1) : name;
    int number = numbered.matches() ? Integer.parseInt(numbered.group(2)) : 0;
    for (Kind kind : Kind.values()) {
      TraceStage stage = of(kind, number);
      if (kind.text.equals(text) && stage.name.equals(name)) {
        return Optional.of(stage);
      }
    }
    return Optional.empty();
  }

  /** The stage of a kind. */
  static TraceStage of(Kind kind, int number) {
    String name =
        switch (kind) {
          case BLOCK, LAYER -> kind.text + number;
          case TOWER_SCORES, SCORES -> kind.text + number + ".nonfinite";
          default -> kind.text;
        };
    return new TraceStage(kind, number, name);
  }

  @Override
  public int compareTo(TraceStage other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return name;
  }
}
