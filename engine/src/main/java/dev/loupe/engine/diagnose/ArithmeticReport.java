package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.Accumulation;
import java.util.Optional;

/**
 * An arithmetic of a comparison: what it makes of the prompt, or why there is no such arithmetic.
 *
 * @param arithmetic which
 * @param missing why it does not exist in the type that is compared, such as bfloat16 on Volta
 * @param run what it makes of the prompt; empty if it does not exist
 */
public record ArithmeticReport(
    Accumulation arithmetic, Optional<String> missing, Optional<ArithmeticRun> run) {}
