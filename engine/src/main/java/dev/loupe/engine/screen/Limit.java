package dev.loupe.engine.screen;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.util.Set;

/** The magnitude at which the result of an operation leaves the range of its type. */
final class Limit {

  /** Remedies that replace infinite scores, so that one of them is no failure. */
  private static final Set<ScoreRemedy> REPLACING =
      Set.of(ScoreRemedy.CLAMP, ScoreRemedy.INF_TO_ZERO);

  private Limit() {}

  /** The least magnitude that a type rounds to infinity; of float32 its largest number. */
  static float of(DType type) {
    return switch (type) {
      case F16 -> 65520f;
      case BF16 -> 0x1.ffp127f;
      default -> Float.MAX_VALUE;
    };
  }

  /** The limit of an operation; infinite where a remedy takes care of larger numbers. */
  static float of(NumericsProfile profile, OperationId operation) {
    if (operation.isDecoderScores()) {
      if (REPLACING.contains(profile.remedy())) {
        return Float.POSITIVE_INFINITY;
      }
      if (profile.remedy() == ScoreRemedy.UPCAST_QK) {
        return of(DType.F32);
      }
    }
    return of(profile.compute());
  }

  /** A magnitude as a share of a limit; of an infinite limit nothing is a share. */
  static double share(float magnitude, float limit) {
    if (limit == Float.POSITIVE_INFINITY) {
      return 0;
    }
    return Float.isNaN(magnitude) ? Double.POSITIVE_INFINITY : (double) magnitude / limit;
  }
}
