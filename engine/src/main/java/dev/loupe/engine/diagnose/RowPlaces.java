package dev.loupe.engine.diagnose;

import dev.loupe.engine.diagnose.SequenceToken.Kind;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/**
 * What the rows of operations stand for.
 *
 * @param tokens of the prompt, then of the answer
 * @param promptTokens how many belong to the prompt
 * @param patches of the tower
 */
record RowPlaces(List<SequenceToken> tokens, int promptTokens, Patches patches) {

  /** A row of an operation in words: its token, or its patch in the picture. */
  String of(int pass, OperationId operation, int row) {
    if (operation.module().name().startsWith("visual.merger.mlp")) {
      return ofPictures().get(row).toString();
    }
    if (operation.part() == Part.VISION_TOWER) {
      return patch(row);
    }
    boolean last = operation.part() == Part.LM_HEAD || pass > 0;
    return tokens.get(last ? promptTokens - 1 + pass : row).toString();
  }

  /** A query or key of attention in words. */
  String ofScore(Part part, int row) {
    return part == Part.VISION_TOWER ? patch(row) : tokens.get(row).toString();
  }

  private String patch(int row) {
    return "patch %d, %s".formatted(row, patches.place(row));
  }

  private List<SequenceToken> ofPictures() {
    return tokens.stream().filter(t -> t.kind() == Kind.PICTURE || t.kind() == Kind.CLIP).toList();
  }
}
