package dev.loupe.engine.diagnose.reproduce;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.FailingElement;
import dev.loupe.engine.diagnose.FailingElement.Event;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * The lines of PyTorch that compute one element from its operands. {@code f} holds them in float32,
 * {@code t} in the type of the model; {@code result} and {@code exact} are the element in both, and
 * {@code seen} says whether the event happened.
 */
final class ReproduceScript {
  private final NumericsProfile profile;
  private final FailingElement failing;
  private final Operands operands;

  private ReproduceScript(NumericsProfile profile, FailingElement failing) {
    this.profile = profile;
    this.failing = failing;
    this.operands = failing.operands();
  }

  /** The script, its lines ended by {@code \n}. */
  static String of(Diagnosis d, FailingElement failing) {
    return new ReproduceScript(d.profile(), failing).script();
  }

  private String script() {
    return """
    # %1$s, row %2$d, column %3$d: %4$s.
    # python reproduce.py [cuda]   needs torch and safetensors; exits with 0 if the event is seen
    import pathlib, sys, torch
    from safetensors.torch import load_file
    from torch.nn import functional
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    file = pathlib.Path(__file__).with_name("operands.safetensors")
    f = {name: x.to(device) for name, x in load_file(file).items()}
    t = {name: x.to(torch.%5$s) for name, x in f.items()}
    """
            .formatted(failing.operation(), operands.row(), operands.column(), event(), type())
        + (failing.event() == Event.SUM_OVERFLOW ? sum() : element())
        + """
        print(f"%1$s: {float(result)} in %2$s, {float(exact)} before rounding")
        print("the same event" if seen else "ANOTHER RESULT")
        sys.exit(0 if seen else 1)
        """
            .formatted(failing.operation(), type());
  }

  private String event() {
    return switch (failing.event()) {
      case OVERFLOW -> "a number past the range of " + type();
      case SUM_OVERFLOW -> "a sum that overflows in a float16 accumulator";
      case ABSORBED -> "an infinity that comes back finite";
    };
  }

  private String type() {
    return profile.computeName();
  }

  private String element() {
    boolean absorbed = failing.event() == Event.ABSORBED;
    return switch (operands.kind()) {
      case LINEAR ->
          """
          result = functional.linear(t["input"], t["weight"][None], t.get("bias"))[0]
          exact = functional.linear(f["input"], f["weight"][None], f.get("bias"))[0]
          seen = result.isinf()
          """;
      case ADD -> formula("%1$s[\"x\"] + %1$s[\"y\"]");
      case MULTIPLY -> formula("%1$s[\"x\"] * %1$s[\"y\"]");
      case EMBEDDING -> formula("%1$s[\"weight\"]");
      case ROTATION -> rotation();
      case QUICK_GELU ->
          """
          inner, exact = 1.702 * t["x"], f["x"] * torch.sigmoid(1.702 * f["x"])
          result = t["x"] * torch.sigmoid(inner)
          print("argument of the sigmoid:", float(inner))
          seen = inner.isinf() and result.isfinite()
          """;
      case RMS_NORM -> rmsNorm(absorbed);
      case LAYER_NORM -> layerNorm(absorbed);
      case SCORES -> scores(absorbed);
      case WEIGHTED_VALUES -> weightedValues();
    };
  }

  private static String formula(String of) {
    return """
    result, exact = %s, %s
    seen = result.isinf()
    """
        .formatted(of.formatted("t"), of.formatted("f"));
  }

  /** Rounds its products in the decoder only. */
  private String rotation() {
    String products = failing.operation().part() == Part.VISION_TOWER ? "f" : "t";
    String of = "%1$s[\"x\"] * %1$s[\"cos\"] + %1$s[\"rotated\"] * %1$s[\"sin\"]";
    return """
    result, exact = (%s).to(torch.%s), %s
    seen = result.isinf()
    """
        .formatted(of.formatted(products), type(), of.formatted("f"));
  }

  private String rmsNorm(boolean absorbed) {
    return """
    squares = f["x"].pow(2).sum()
    normed = (f["x"] * torch.rsqrt(f["x"].pow(2).mean() + f["eps"])).to(torch.%1$s)
    row, x = t["weight"] * normed, f["x"].double()
    result, exact = row[%2$d], (f["weight"] * x * torch.rsqrt(x.pow(2).mean() + float(f["eps"])))[%2$d]
    print("sum of squares:", float(squares), " finite results:", int(row.isfinite().sum()))
    seen = %3$s
    """
        .formatted(
            type(),
            operands.column(),
            absorbed ? "squares.isinf() and row.isfinite().any()" : "result.isinf()");
  }

  private String layerNorm(boolean absorbed) {
    return """
    row = functional.layer_norm(t["x"], t["x"].shape, t["weight"], t["bias"], float(f["eps"]))
    x, weight, bias = f["x"].double(), f["weight"].double(), f["bias"].double()
    exact = functional.layer_norm(x, x.shape, weight, bias, float(f["eps"]))[%1$d]
    result, variance = row[%1$d], f["x"].var(correction=0)
    print("variance:", float(variance), " finite results:", int(row.isfinite().sum()))
    seen = %2$s
    """
        .formatted(
            operands.column(),
            absorbed ? "variance.isinf() and row.isfinite().any()" : "result.isinf()");
  }

  private String scores(boolean absorbed) {
    ScoreRemedy remedy = profile.remedy();
    boolean decoder = failing.operation().part() == Part.DECODER;
    String scale =
        decoder && remedy == ScoreRemedy.SCALE_FIRST ? "" : " * f[\"query\"].numel() ** -0.5";
    String cut = decoder && remedy == ScoreRemedy.CLAMP ? ".clamp(-64504, 64504)" : "";
    String replaced =
        decoder && remedy == ScoreRemedy.INF_TO_ZERO ? "masked[masked.isinf()] = 0\n" : "";
    return """
    scores = functional.linear(t["query"][None], t["keys"])[0]
    result, exact = scores[%1$d], f["query"] @ f["keys"][%1$d]
    masked = scores%2$s%3$s
    masked[int(f["visible"]):] += torch.finfo(torch.%4$s).min
    %5$sweights = torch.softmax(masked, -1, dtype=torch.float32).to(torch.%4$s)
    print("weights after softmax:", int(weights.isnan().sum()), "of", weights.numel(), "are NaN")
    seen = result.isinf()%6$s
    """
        .formatted(
            operands.column(),
            cut,
            scale,
            type(),
            replaced,
            absorbed ? " and weights.isfinite().all()" : "");
  }

  /**
   * In eager attention a product of the type, in sdpa one of float32 that is divided at the end.
   */
  private String weightedValues() {
    boolean eager = profile.attention() == AttentionKind.EAGER;
    return """
    exact = f["weights"] @ f["values"] * f["factor"]
    result = %s
    seen = result.isinf()
    """
        .formatted(
            eager
                ? "functional.linear(t[\"weights\"], t[\"values\"][None])[0]"
                : "exact.to(torch.%s)".formatted(type()));
  }

  /** Step by step, as a matrix unit with a float16 accumulator adds. */
  private String sum() {
    TensorCore core = profile.accumulation().core().orElseThrow();
    String factors =
        switch (operands.kind()) {
          case SCORES -> "f[\"query\"], f[\"keys\"][%d]".formatted(operands.column());
          case WEIGHTED_VALUES -> "f[\"weights\"], f[\"values\"]";
          default -> "f[\"input\"], f[\"weight\"]";
        };
    return """
    x, w = %1$s
    exact, result = x @ w, torch.zeros((), dtype=torch.float16, device=device)
    for k in range(0, len(x), %2$d):
        result = (result.float() + x[k:k + %2$d] @ w[k:k + %2$d]).half()
        if result.isinf():
            print(f"terms {k} to {k + %3$d} make the float16 accumulator infinite")
            break
    seen = result.isinf()
    """
        .formatted(factors, core.terms(), core.terms() - 1);
  }
}
