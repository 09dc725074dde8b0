package dev.loupe.engine;

import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;

/**
 * One way to answer a prompt, of several that {@link Qwen2Vl#generateVariants} tries.
 *
 * @param profile the arithmetic; its compute type is the model's
 * @param options how to answer
 * @param listener gets each token as it is chosen; stops this variant alone
 * @param trace shown every stage of this variant, those it shares with others included
 */
public record Variant(
    NumericsProfile profile,
    GenerationOptions options,
    TokenListener listener,
    NumericsTrace trace) {}
