package dev.loupe.engine;

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
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The arithmetic by the names that people write: on a command line, or in the settings of a
 * program. What is not named has its default.
 *
 * <p>The names: {@code dtype} (float32, bfloat16, float16), {@code attention} (eager, sdpa), {@code
 * remedy}, {@code arithmetic}, {@code accumulator} (float32, float16) and {@code arithmeticFor}
 * (all, attention).
 */
public final class NumericsNames {

  private final Function<String, Optional<String>> values;
  private final UnaryOperator<String> shown;

  /** A remedy of either kind. */
  private record Choice(ScoreRemedy scores, SamplingRemedy draw) {
    static final Choice NONE = new Choice(ScoreRemedy.NONE, SamplingRemedy.NONE);
  }

  /**
   * Names that someone wrote.
   *
   * @param values what was written for a name; empty: nothing
   * @param shown how a message writes a name, such as {@code --arithmetic-for}
   */
  public NumericsNames(Function<String, Optional<String>> values, UnaryOperator<String> shown) {
    this.values = values;
    this.shown = shown;
  }

  /**
   * The profile that they name.
   *
   * @param absent has the type and attention that are not named
   * @throws IllegalArgumentException if a name is unknown, or the remedy does not fit the attention
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
    DType type = chosen("dtype", types).orElse(absent.compute());
    AttentionKind kind = chosen("attention", kinds).orElse(absent.attention());
    ScoreRemedy scores = remedy().scores();
    if (scores != ScoreRemedy.NONE && kind == AttentionKind.SDPA) {
      throw new IllegalArgumentException(
          "%s %s: expected %s eager, found sdpa, which has float32 scores in any case"
              .formatted(shown.apply("remedy"), scores, shown.apply("attention")));
    }
    Accumulation sums = accumulation();
    try {
      return NumericsProfile.of(type, kind).with(scores).with(sums);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(shown.apply("arithmetic") + " " + e.getMessage(), e);
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
   * The profiles of a list, as type and attention: {@code float16.eager}; {@code all} stands for
   * the four of 16 bits.
   *
   * @param option whose list it is, for messages
   * @throws IllegalArgumentException if a name is unknown or there twice
   */
  public static List<NumericsProfile> profiles(String option, List<String> names) {
    Map<String, NumericsProfile> known = new LinkedHashMap<>();
    for (DType type : List.of(DType.F16, DType.BF16, DType.F32)) {
      for (AttentionKind kind : List.of(AttentionKind.EAGER, AttentionKind.SDPA)) {
        NumericsProfile one = NumericsProfile.of(type, kind);
        known.put(one.computeName() + "." + kind, one);
      }
    }
    if (names.equals(List.of("all"))) {
      return known.values().stream().filter(one -> one.compute() != DType.F32).toList();
    }
    List<NumericsProfile> profiles = new ArrayList<>();
    for (String name : names) {
      if (!known.containsKey(name)) {
        throw new IllegalArgumentException(
            "%s: expected all, or names of %s, found %s"
                .formatted(option, String.join(", ", known.keySet()), name));
      }
      if (profiles.contains(known.get(name))) {
        throw new IllegalArgumentException(
            "%s: expected each name once, found %s twice".formatted(option, name));
      }
      profiles.add(known.get(name));
    }
    return profiles;
  }

  /**
   * The arithmetics of a list, as {@link Accumulation#label} writes them: {@code sequential},
   * {@code hopper.acc16}.
   *
   * @param option whose list it is, for messages
   * @throws IllegalArgumentException if a name is unknown or there twice, or there are less than
   *     two
   */
  public static List<Accumulation> arithmetics(String option, List<String> labels) {
    Map<String, Accumulation> known = labels();
    List<Accumulation> list = new ArrayList<>();
    for (String label : labels) {
      Accumulation one = known.get(label);
      if (one == null) {
        throw new IllegalArgumentException(
            "%s: expected names of %s, the last six with .acc16 and .attention if you like, found %s"
                .formatted(option, String.join(", ", orders().keySet()), label));
      }
      if (list.contains(one)) {
        throw new IllegalArgumentException(
            "%s: expected each name once, found %s twice".formatted(option, label));
      }
      list.add(one);
    }
    if (list.size() < 2) {
      throw new IllegalArgumentException(
          "%s: expected two names or more, found %s".formatted(option, labels));
    }
    return list;
  }

  /** Every arithmetic that has a name, by its {@link Accumulation#label}. */
  static Map<String, Accumulation> labels() {
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
    return known;
  }

  private Accumulation accumulation() {
    Accumulation order = chosen("arithmetic", orders()).orElse(Accumulation.SEQUENTIAL_FMA);
    Map<String, DType> accumulators = new LinkedHashMap<>();
    accumulators.put("float32", DType.F32);
    accumulators.put("float16", DType.F16);
    Map<String, Boolean> parts = new LinkedHashMap<>();
    parts.put("all", false);
    parts.put("attention", true);
    DType sums = chosen("accumulator", accumulators).orElse(DType.F32);
    boolean attentionOnly = chosen("arithmeticFor", parts).orElse(false);
    if (order.core().isEmpty() && (sums == DType.F16 || attentionOnly)) {
      throw new IllegalArgumentException(
          "%s: expected %s with the name of a matrix unit, such as hopper, found %s"
              .formatted(
                  attentionOnly
                      ? shown.apply("arithmeticFor") + " attention"
                      : shown.apply("accumulator") + " float16",
                  shown.apply("arithmetic"),
                  order.name()));
    }
    return new Accumulation(order.order(), order.core(), sums, attentionOnly);
  }

  /**
   * The remedy before the draw of a token.
   *
   * @throws IllegalArgumentException if the remedy's name is unknown
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
    return chosen("remedy", choices).orElse(Choice.NONE);
  }

  private <T> Optional<T> chosen(String name, Map<String, T> choices) {
    Optional<String> value = values.apply(name);
    value
        .filter(n -> !choices.containsKey(n))
        .ifPresent(n -> {
          throw new IllegalArgumentException(
              "%s: expected one of %s, found %s"
                  .formatted(shown.apply(name), String.join(", ", choices.keySet()), n));
        });
    return value.map(choices::get);
  }
}
