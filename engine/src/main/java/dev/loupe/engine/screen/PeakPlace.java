package dev.loupe.engine.screen;

import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.diagnose.Patches;
import dev.loupe.engine.diagnose.SequenceToken;
import dev.loupe.engine.diagnose.TokenDescriber;
import dev.loupe.engine.screen.PictureWatch.Peak;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/** Says in words which token of a prompt, or which patch of its picture, a number belongs to. */
final class PeakPlace {
  private final List<SequenceToken> tokens;
  private final List<SequenceToken> ofPicture;
  private final int promptTokens;
  private final Patches patches;

  /**
   * The places of a picture that was run.
   *
   * @param answer its tokens, as far as it came
   */
  PeakPlace(Qwen2Vl model, PictureWatch watch, List<Integer> answer) {
    this.tokens =
        new TokenDescriber(model.tokenizer(), model.config())
            .describe(watch.ids(), watch.grids(), watch.grids().length, answer);
    this.ofPicture = tokens.stream().filter(t -> t.kind() == SequenceToken.Kind.PICTURE).toList();
    this.promptTokens = watch.ids().length;
    this.patches =
        Patches.of(watch.grids(), watch.grids().length, model.config().vision().spatialMergeSize());
  }

  /** The place of a number. */
  String of(Peak peak) {
    Part part = peak.site().operation().part();
    if (peak.score().isPresent()) {
      ExtremeScore score = peak.score().get();
      String hidden = score.masked() ? ", masked" : "";
      return part == Part.VISION_TOWER
          ? "query %s, key %s".formatted(patch(score.query()), patch(score.key()))
          : "query %s, key %s%s".formatted(token(score.query()), token(score.key()), hidden);
    }
    if (part == Part.VISION_TOWER) {
      return peak.rows() > ofPicture.size() || ofPicture.isEmpty()
          ? patch(peak.row())
          : ofPicture.get(peak.row()).toString();
    }
    return token(
        peak.pass() == 0
            ? promptTokens - peak.rows() + peak.row()
            : promptTokens + peak.pass() - 1);
  }

  private String token(int position) {
    return position < tokens.size() ? tokens.get(position).toString() : "position " + position;
  }

  private String patch(int row) {
    return "patch %d of %s".formatted(row, patches.place(row));
  }
}
