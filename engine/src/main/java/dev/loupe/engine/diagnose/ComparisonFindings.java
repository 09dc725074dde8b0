package dev.loupe.engine.diagnose;

import static dev.loupe.engine.diagnose.DiagnosisText.count;
import static dev.loupe.engine.diagnose.DiagnosisText.shortened;

import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What a comparison of arithmetics says, in sentences.
 *
 * @param common what holds for all of them
 * @param different what depends on the arithmetic
 */
public record ComparisonFindings(List<String> common, List<String> different) {

  /** Characters of an answer that a sentence shows. */
  private static final int TEXT = 80;

  /** Copies the lists. */
  public ComparisonFindings {
    common = List.copyOf(common);
    different = List.copyOf(different);
  }

  /** The sentences about a comparison. */
  public static ComparisonFindings of(ArithmeticComparison comparison) {
    return new Writer(comparison).findings();
  }

  /** Writes the sentences. */
  private static final class Writer {
    private final ArithmeticComparison comparison;
    private final Map<String, ArithmeticRun> runs = new LinkedHashMap<>();
    private final List<String> common = new ArrayList<>();
    private final List<String> different = new ArrayList<>();

    Writer(ArithmeticComparison comparison) {
      this.comparison = comparison;
      comparison.existing().forEach(r -> runs.put(r.arithmetic().label(), r.run().orElseThrow()));
    }

    ComparisonFindings findings() {
      about(
          run -> run.fails() ? Optional.of(run.failingToken()) : Optional.empty(),
          token -> "no token can be chosen from numbers at token %d of the answer".formatted(token),
          "a token can be chosen at every step");
      about(
          run -> run.firstOverflow().map(this::place),
          place -> "the first overflow is in " + place,
          "nothing overflows");
      about(
          run -> Optional.of(run.promptOverflows()).filter(n -> n > 0),
          n -> "%s overflow in the prompt's pass".formatted(count(n, "score")),
          "no score overflows in the prompt's pass");
      if (runs.values().stream().anyMatch(run -> run.firstSum().isPresent())) {
        about(
            run -> run.firstSum().map(Writer::place),
            place -> "the first sum that overflows on its way is in " + place,
            "no sum overflows on its way");
      }
      about(
          run -> run.firstNan().map(nan -> place(run, nan)),
          place -> "NaN begin in " + place,
          "no stage has NaN");
      answers();
      stages();
      return new ComparisonFindings(common, different);
    }

    /**
     * A sentence for all, or one for each group of arithmetics that agree.
     *
     * @param fact what is compared; empty if it does not occur
     * @param sentence says it
     * @param otherwise says that it does not occur
     */
    private <T> void about(
        Function<ArithmeticRun, Optional<T>> fact, Function<T, String> sentence, String otherwise) {
      Map<Optional<T>, List<String>> groups = new LinkedHashMap<>();
      runs.forEach(
          (name, run) -> groups.computeIfAbsent(fact.apply(run), _ -> new ArrayList<>()).add(name));
      boolean all = groups.size() == 1;
      UnaryOperator<String> said =
          text -> Character.toUpperCase(text.charAt(0)) + text.substring(1);
      groups.forEach((value, names) -> {
        String text = value.map(sentence).orElse(otherwise);
        if (all) {
          common.add(said.apply(text) + ".");
        } else {
          different.add("With %s %s.".formatted(String.join(", ", names), text));
        }
      });
    }

    private String place(Overflow first) {
      String where =
          first
              .score()
              .map(s -> ", head %d, query %d, key %d".formatted(s.head(), s.query(), s.key()))
              .orElse(", element %d".formatted(first.index()));
      return first.operation() + where + pass(first.pass());
    }

    private static String place(SumEvent event) {
      SumOverflow sum = event.sum();
      OptionalInt head = sum.head();
      return "%s,%s %s, %s %d, at terms %d to %d%s"
          .formatted(
              sum.operation(),
              head.isPresent() ? " head %d,".formatted(head.getAsInt()) : "",
              event.place(),
              sum.operation().step() == Step.SCORES ? "key" : "element",
              sum.element(),
              sum.firstTerm(),
              sum.lastTerm(),
              pass(event.pass()));
    }

    private static String place(ArithmeticRun run, NanRows nan) {
      return nan.stage() + pass(run.nanPass());
    }

    private static String pass(int pass) {
      return pass == 0 ? "" : ", in step %d of generation".formatted(pass);
    }

    private void answers() {
      List<ArithmeticRun> all = List.copyOf(runs.values());
      if (all.stream().allMatch(run -> run.firstDifferentToken().isEmpty())) {
        Outcome first = all.getFirst().outcome();
        common.add(
            first.tokens().isEmpty()
                ? "No token of an answer is drawn."
                : "The tokens are the same: " + shortened(first.text(), TEXT) + ".");
        return;
      }
      runs.forEach((name, run) ->
          run.firstDifferentToken()
              .ifPresent(token ->
                  different.add(
                      "With %s the answer differs from token %d on: %s."
                          .formatted(name, token, shortened(run.outcome().text(), TEXT)))));
    }

    private void stages() {
      String reference = runs.keySet().iterator().next();
      runs.forEach((name, run) -> {
        if (!name.equals(reference)) {
          stages(reference, name, run.differences());
        }
      });
    }

    private void stages(String reference, String name, List<StageDifference> stages) {
      Optional<StageDifference> first = stages.stream().filter(s -> s.differing() > 0).findFirst();
      if (first.isEmpty()) {
        different.add("With %s every stage has the bits of %s.".formatted(name, reference));
        return;
      }
      StageDifference largest =
          stages.stream().max((a, b) -> Double.compare(a.share(), b.share())).orElseThrow();
      different.add(
          "With %s stages differ from %s on, by up to %s of the largest number, in %s."
              .formatted(
                  name,
                  first.get().stage(),
                  DiagnosisText.percent(largest.share()),
                  largest.stage()));
    }
  }
}
