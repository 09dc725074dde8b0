package dev.loupe.cli.options;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The arithmetic: the options of every command that runs the model. */
public final class NumericsOptions extends OptionGroup {

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "What the model computes in: float32, bfloat16 or float16, rounded where PyTorch rounds.")
  private Optional<String> dtype = Optional.empty();

  @Option(
      names = "--attention",
      paramLabel = "KIND",
      description =
          "eager, whose scores are rounded to the type and can overflow float16; or sdpa, whose "
              + "scores stay float32.")
  private Optional<String> attention = Optional.empty();

  @Option(
      names = "--remedy",
      paramLabel = "NAME",
      description =
          "Against overflow: upcast-qk, scale-first, inf-to-zero or clamp in eager attention; "
              + "remove-invalid or probability-floor before the draw of a token, which hide a "
              + "failure but do not cure it.")
  private Optional<String> remedy = Optional.empty();

  /** A remedy of either kind. */
  private record Choice(ScoreRemedy scores, SamplingRemedy draw) {
    static final Choice NONE = new Choice(ScoreRemedy.NONE, SamplingRemedy.NONE);
  }

  /**
   * The profile of these options.
   *
   * @param absent the type and attention for options that are absent
   * @throws ParameterException if a name is unknown, or the remedy does not fit the attention
   */
  public NumericsProfile profile(NumericsProfile absent) {
    Map<String, DType> types = new LinkedHashMap<>();
    for (DType type : List.of(DType.F32, DType.BF16, DType.F16)) {
      types.put(NumericsProfile.of(type, AttentionKind.SDPA).computeName(), type);
    }
    Map<String, AttentionKind> kinds = new LinkedHashMap<>();
    for (AttentionKind kind : AttentionKind.values()) {
      kinds.put(kind.toString(), kind);
    }
    DType type = chosen("--dtype", types, dtype).orElse(absent.compute());
    AttentionKind kind = chosen("--attention", kinds, attention).orElse(absent.attention());
    ScoreRemedy scores = remedy().scores();
    if (scores != ScoreRemedy.NONE && kind == AttentionKind.SDPA) {
      throw usage(
          "--remedy %s: expected --attention eager, found sdpa, which has float32 scores in any case"
              .formatted(scores));
    }
    return NumericsProfile.of(type, kind).with(scores);
  }

  /**
   * The remedy before the draw of a token.
   *
   * @throws ParameterException if the remedy's name is unknown
   */
  public SamplingRemedy samplingRemedy() {
    return remedy().draw();
  }

  private Choice remedy() {
    Map<String, Choice> choices = new LinkedHashMap<>();
    for (ScoreRemedy scores : ScoreRemedy.values()) {
      choices.put(scores.toString(), new Choice(scores, SamplingRemedy.NONE));
    }
    for (SamplingRemedy draw : SamplingRemedy.values()) {
      choices.putIfAbsent(draw.toString(), new Choice(ScoreRemedy.NONE, draw));
    }
    return chosen("--remedy", choices, remedy).orElse(Choice.NONE);
  }

  private <T> Optional<T> chosen(String option, Map<String, T> choices, Optional<String> name) {
    name.filter(n -> !choices.containsKey(n))
        .ifPresent(n -> {
          throw usage(
              "%s: expected one of %s, found %s"
                  .formatted(option, String.join(", ", choices.keySet()), n));
        });
    return name.map(choices::get);
  }
}
