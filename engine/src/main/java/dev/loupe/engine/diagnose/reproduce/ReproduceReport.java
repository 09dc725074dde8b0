package dev.loupe.engine.diagnose.reproduce;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.diagnose.FailingElement;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Operands;
import java.util.List;
import java.util.Map;

/** A text for a bug report, in Markdown. */
final class ReproduceReport {

  /** No line of a diagnosis begins so. */
  private static final String FENCE = "~~~~~~";

  private ReproduceReport() {}

  static String of(Diagnosis d, FailingElement failing, String command, List<String> versions) {
    String text = DiagnosisText.of(d);
    Operands operands = failing.operands();
    StringBuilder out = new StringBuilder();
    out.append("# ").append(text.lines().findFirst().orElseThrow()).append("\n\n");
    out.append("| | |\n|---|---|\n");
    row(out, "operation", "`" + failing.operation() + "`");
    row(out, "during", DiagnosisText.pass(d, failing.pass()).replace("|", "\\|"));
    failing.head().ifPresent(head -> row(out, "head", Integer.toString(head)));
    row(out, "row, column", operands.row() + ", " + operands.column());
    row(out, "checkpoint", d.model());
    row(out, "profile", d.profile().toString());
    row(out, "seed", Long.toString(d.seed()));
    row(out, "versions", String.join("; ", versions));
    out.append("\n## Repeat it\n\n");
    out.append(
        "`python reproduce.py` on a CPU, `python reproduce.py cuda` on a GPU: it computes\n");
    out.append(
        "the element from `operands.safetensors` with PyTorch, and exits with 0 if the same\n");
    out.append("event is seen. The operands, in float32:\n\n| name | shape |\n|---|---|\n");
    for (Map.Entry<String, Tensor> e : operands.tensors().entrySet()) {
      row(out, "`" + e.getKey() + "`", e.getValue().shape().toString());
    }
    out.append("\nThe whole prompt:\n\n").append(FENCE).append('\n').append(command);
    out.append('\n').append(FENCE).append("\n\n## Diagnosis\n\n").append(FENCE).append('\n');
    return out.append(text).append(FENCE).append('\n').toString();
  }

  private static void row(StringBuilder out, String name, String value) {
    out.append("| ").append(name).append(" | ").append(value).append(" |\n");
  }
}
