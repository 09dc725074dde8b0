package dev.loupe.engine.screen;

import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.diagnose.Patches;
import dev.loupe.engine.diagnose.SequenceToken;
import dev.loupe.engine.diagnose.TokenDescriber;
import dev.loupe.engine.screen.PictureWatch.Peak;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import java.util.List;
import java.util.Optional;

/** Says in words which token of a prompt, or which patch of its picture, a number belongs to. */
final class PeakPlace {
  private final Qwen2Vl model;
  private final PictureWatch watch;
  private final List<Integer> answer;

  /** Made for the first place: of most pictures no number is the largest so far. */
  private Optional<List<SequenceToken>> described = Optional.empty();

  /**
   * The places of a picture that was run.
   *
   * @param answer its tokens, as far as it came
   */
  PeakPlace(Qwen2Vl model, PictureWatch watch, List<Integer> answer) {
    this.model = model;
    this.watch = watch;
    this.answer = answer;
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
      List<SequenceToken> ofPicture =
          tokens().stream().filter(t -> t.kind() == SequenceToken.Kind.PICTURE).toList();
      return peak.rows() > ofPicture.size()
          ? patch(peak.row())
          : ofPicture.get(peak.row()).toString();
    }
    int promptTokens = watch.inputs().ids().length;
    return token(
        peak.pass() == 0
            ? promptTokens - peak.rows() + peak.row()
            : promptTokens + peak.pass() - 1);
  }

  private String token(int position) {
    return position < tokens().size() ? tokens().get(position).toString() : "position " + position;
  }

  private List<SequenceToken> tokens() {
    if (described.isEmpty()) {
      TokenDescriber describer = new TokenDescriber(model.tokenizer(), model.config());
      described =
          Optional.of(
              describer.describe(
                  watch.inputs().ids(),
                  watch.inputs().grids(),
                  watch.inputs().grids().length,
                  answer));
    }
    return described.get();
  }

  private String patch(int row) {
    int mergeSize = model.config().vision().spatialMergeSize();
    Patches patches = Patches.of(watch.inputs().grids(), watch.inputs().grids().length, mergeSize);
    return "patch %d of %s".formatted(row, patches.place(row));
  }
}
