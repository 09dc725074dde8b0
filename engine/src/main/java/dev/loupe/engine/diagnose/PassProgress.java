package dev.loupe.engine.diagnose;

import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;

/** Tells a listener how far a run is: by blocks and layers over the prompt, then by tokens. */
final class PassProgress implements NumericsTrace {
  private final DiagnosisListener listener;
  private final Qwen2VlConfig config;
  private final int maxNewTokens;
  private int tokens;

  /** A run that has not begun. */
  PassProgress(DiagnosisListener listener, Qwen2VlConfig config, int maxNewTokens) {
    this.listener = listener;
    this.config = config;
    this.maxNewTokens = maxNewTokens;
  }

  @Override
  public void stage(StageId stage, Tensor value) {
    if (stage.equals(StageId.LOGITS)) {
      tokens++;
      listener.reached("token", tokens, maxNewTokens);
    } else if (tokens == 0 && stage.layer().isPresent()) {
      int done = stage.layer().getAsInt() + 1;
      if (stage.part() == Part.VISION_TOWER) {
        listener.reached("vision block", done, config.vision().depth());
      } else {
        listener.reached("layer", done, config.text().numHiddenLayers());
      }
    }
  }
}
