package dev.loupe.cli.options;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.TensorCore;
import java.util.ArrayList;
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

  @Option(
      names = "--arithmetic",
      paramLabel = "NAME",
      description =
          "How products are summed: sequential (if absent), torch-cpu, or as the matrix units of "
              + "volta, turing, ampere, ada, hopper or blackwell: each step by published models of "
              + "them, one after the other, which is not always the order of cuBLAS. All but the first "
              + "need --dtype float16 or bfloat16 and --attention eager, and are slow.")
  private Optional<String> arithmetic = Optional.empty();

  @Option(
      names = "--accumulator",
      paramLabel = "TYPE",
      description =
          "With a matrix unit: what a step ends in, float32 (if absent) or float16, which can "
              + "overflow in the middle of a sum.")
  private Optional<String> accumulator = Optional.empty();

  @Option(
      names = "--arithmetic-for",
      paramLabel = "PART",
      description =
          "With a matrix unit: all products (if absent), or those of attention, and the others are "
              + "sequential.")
  private Optional<String> arithmeticFor = Optional.empty();

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
    try {
      return NumericsProfile.of(type, kind).with(scores).with(accumulation());
    } catch (IllegalArgumentException e) {
      throw usage("--arithmetic " + e.getMessage());
    }
  }

  private static Map<String, Accumulation> orders() {
    Map<String, Accumulation> orders = new LinkedHashMap<>();
    for (Accumulation order : List.of(Accumulation.SEQUENTIAL_FMA, Accumulation.TORCH_CPU)) {
      orders.put(order.name(), order);
    }
    for (TensorCore core : TensorCore.values()) {
      orders.put(core.toString(), Accumulation.of(core));
    }
    return orders;
  }

  /**
   * The arithmetics of a list, as {@link Accumulation#label} writes them: {@code sequential},
   * {@code hopper.acc16}.
   *
   * @param option whose list it is
   * @throws ParameterException if a name is unknown or there twice, there are less than two, or
   *     there is an option for one arithmetic as well
   */
  public List<Accumulation> arithmetics(String option, List<String> labels) {
    if (arithmetic.isPresent() || accumulator.isPresent() || arithmeticFor.isPresent()) {
      throw usage(
          option
              + ": expected no --arithmetic, --accumulator or --arithmetic-for with it, found one;"
              + " names may end in .acc16 and .attention, such as hopper.acc16");
    }
    Map<String, Accumulation> known = new LinkedHashMap<>();
    for (Accumulation order : orders().values()) {
      known.put(order.label(), order);
      if (order.core().isPresent()) {
        for (Accumulation one : List.of(order, order.withAccumulator(DType.F16))) {
          known.put(one.label(), one);
          known.put(one.forAttention().label(), one.forAttention());
        }
      }
    }
    List<Accumulation> list = new ArrayList<>();
    for (String label : labels) {
      Accumulation one = known.get(label);
      if (one == null) {
        throw usage(
            "%s: expected names of %s, the last six with .acc16 and .attention if you like, found %s"
                .formatted(option, String.join(", ", orders().keySet()), label));
      }
      if (list.contains(one)) {
        throw usage("%s: expected each name once, found %s twice".formatted(option, label));
      }
      list.add(one);
    }
    if (list.size() < 2) {
      throw usage("%s: expected two names or more, found %s".formatted(option, labels));
    }
    return list;
  }

  private Accumulation accumulation() {
    Accumulation order =
        chosen("--arithmetic", orders(), arithmetic).orElse(Accumulation.SEQUENTIAL_FMA);
    Map<String, DType> accumulators = new LinkedHashMap<>();
    accumulators.put("float32", DType.F32);
    accumulators.put("float16", DType.F16);
    Map<String, Boolean> parts = new LinkedHashMap<>();
    parts.put("all", false);
    parts.put("attention", true);
    DType sums = chosen("--accumulator", accumulators, accumulator).orElse(DType.F32);
    boolean attentionOnly = chosen("--arithmetic-for", parts, arithmeticFor).orElse(false);
    if (order.core().isEmpty() && (sums == DType.F16 || attentionOnly)) {
      throw usage(
          "--accumulator float16, --arithmetic-for attention: expected --arithmetic with the name of"
              + " a matrix unit, such as hopper, found "
              + order.name());
    }
    return new Accumulation(order.order(), order.core(), sums, attentionOnly);
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
