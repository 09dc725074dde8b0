package dev.loupe.tensor;

/**
 * Functions of one 16-bit number, as PyTorch computes them on the CPU: the number is widened, the
 * formula of each constant runs in float32, each of its steps correctly rounded, and the result is
 * rounded once more, to the 16-bit type. {@link #QUICK_GELU} alone is three operations in PyTorch
 * and rounds to that type after each.
 *
 * <p>A 16-bit type has 65,536 numbers, so a test can check all of them. Against PyTorch 2.13 on an
 * x86 processor all 15 functions agree in every pattern, except sin in float16 (2 patterns) and
 * {@link #GELU_TANH} (25 in float16, 4 in bfloat16); in these, the result here is the correctly
 * rounded formula, and PyTorch's elementary function is inexact. {@code UnaryGoldenTest} lists and
 * proves them.
 */
public enum UnaryFunction {
  /** cos x, in radians. */
  COS((x, _) -> (float) StrictMath.cos(x)),

  /**
   * The error function by formula 7.1.26 of Abramowitz and Stegun, whose own error of up to 1.5e-7
   * is plain to see for small x in float16: PyTorch's vector code computes it so, and {@link #GELU}
   * with it.
   */
  ERF((x, _) -> erf(x)),

  /** e^x. */
  EXP((x, _) -> exp(x)),

  /**
   * x/2 (1 + erf(x / sqrt 2)), with the cancellation that this has for negative x. PyTorch hands
   * bfloat16 to oneDNN, whose erf is another, whose subnormal results are zero, and whose product
   * overflows from 2^127 on before it is halved.
   */
  GELU((x, format) -> format == HalfFormat.BFLOAT16 ? OneDnnGelu.of(x) : gelu(x)),

  /** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))), GELU's approximation. */
  GELU_TANH((x, _) -> geluTanh(x)),

  /** The natural logarithm. */
  LOG((x, _) -> (float) StrictMath.log(x)),

  /** x sigmoid(1.702 x): 1.702 x is rounded to the 16-bit type, so is its sigmoid. */
  QUICK_GELU((x, format) -> x * format.round(sigmoid(format.round(1.702f * x)))),

  /** 1 / x. */
  RECIPROCAL((x, _) -> 1 / x),

  /** 1 / sqrt x, of which both steps are rounded to float32. */
  RSQRT((x, _) -> 1 / (float) StrictMath.sqrt(x)),

  /** 1 / (1 + e^-x). */
  SIGMOID((x, _) -> sigmoid(x)),

  /** x / (1 + e^-x), also called swish. */
  SILU((x, _) -> x / (1 + exp(-x))),

  /** sin x, in radians. */
  SIN((x, _) -> (float) StrictMath.sin(x)),

  /** The square root. */
  SQRT((x, _) -> (float) StrictMath.sqrt(x)),

  /** x². */
  SQUARE((x, _) -> x * x),

  /** The hyperbolic tangent. */
  TANH((x, _) -> tanh(x));

  /** The value in float32, before the last rounding. */
  private interface Formula {
    float of(float x, HalfFormat format);
  }

  private final Formula formula;

  UnaryFunction(Formula formula) {
    this.formula = formula;
  }

  /**
   * The function of the number with these bits, NaN as 0x7FFF.
   *
   * @param dtype {@link DType#F16} or {@link DType#BF16}
   */
  public short apply(DType dtype, short bits) {
    if (dtype != DType.F16 && dtype != DType.BF16) {
      throw new IllegalArgumentException(
          "%s: expected F16 or BF16, found %s; narrow the number first".formatted(this, dtype));
    }
    HalfFormat format = HalfFormat.of(dtype);
    return format.fromFloat(formula.of(format.toFloat(bits), format));
  }

  private static float exp(float x) {
    return (float) StrictMath.exp(x);
  }

  private static float tanh(float x) {
    return (float) StrictMath.tanh(x);
  }

  private static float sigmoid(float x) {
    return 1 / (1 + exp(-x));
  }

  private static float gelu(float x) {
    return x * 0.5f * (1 + erf(x * (float) StrictMath.sqrt(0.5)));
  }

  /** 1 - t e^(-x²) r(t) with t = 1 / (1 + 0.3275911 |x|), and x's sign. */
  private static float erf(float x) {
    float t = 1 / Math.fma(0.3275911f, Math.abs(x), 1f);
    float r = Math.fma(1.061405429f, t, -1.453152027f);
    r = Math.fma(r, t, 1.421413741f);
    r = Math.fma(r, t, -0.284496736f);
    r = Math.fma(r, t, 0.254829592f);
    return Math.copySign(1f, x) * Math.fma(-exp(-(x * x)) * t, r, 1f);
  }

  private static float geluTanh(float x) {
    float rootOfTwoOverPi = (float) StrictMath.sqrt(2 / Math.PI);
    float inner = rootOfTwoOverPi * (x + 0.044715f * (x * x * x));
    return 0.5f * x * (1 + tanh(inner));
  }
}
