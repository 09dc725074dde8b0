package dev.loupe.cli.caption;

import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.engine.ModelCost;
import java.time.Duration;

/**
 * About how long the captions of a folder take on this machine, from what a {@link FolderTrial}
 * took. Tower and prompt take more time as they have more operations, so that large pictures count
 * by their square too; a token of some answers side by side takes the same time.
 *
 * @param cost counts operations
 * @param trial the tokens of the trial's picture
 * @param prompt the tokens of the trial's prompt, with the picture
 * @param image seconds of the tower
 * @param prefill seconds of the decoder over the prompt
 * @param token seconds of a token of one answer, of those that have their tokens at once
 */
record FolderTime(
    ModelCost cost, int trial, int prompt, double image, double prefill, double token) {

  /** Of the trial, with {@code tokens} tokens after the first. */
  double seconds(int tokens) {
    return image + prefill + token * tokens;
  }

  /** The smaller time of each part. */
  FolderTime faster(FolderTime other) {
    return new FolderTime(
        cost,
        trial,
        prompt,
        Math.min(image, other.image),
        Math.min(prefill, other.prefill),
        Math.min(token, other.token));
  }

  /**
   * What a folder takes.
   *
   * @param estimate of its pictures
   * @param tokens of each caption
   */
  Duration of(PictureEstimate estimate, int pictures, int tokens) {
    double encode = estimate.average(each -> tower(cost, each)) / tower(cost, trial) * image;
    int question = prompt - trial;
    double prompts =
        estimate.average(each -> cost.prefillFlops(each + question))
            / cost.prefillFlops(prompt)
            * prefill;
    double each = encode + prompts + (tokens - 1) * token;
    return Duration.ofMillis(Math.round(1000 * pictures * each));
  }

  /** Operations of the tower for a picture. */
  static double tower(ModelCost cost, int tokens) {
    return cost.pictureFlops(tokens * cost.config().vision().mergeUnit());
  }
}
