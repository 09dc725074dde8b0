/**
 * Groups of options that several commands share: the model, the arithmetic, the choice of tokens,
 * the pictures.
 *
 * <p>picocli fills them ({@code Mixin}); each is an {@link dev.loupe.cli.options.OptionGroup}. A
 * command asks them for values of the engine. A value out of range becomes a usage error there.
 *
 * <h2>Numerics</h2>
 *
 * <p>{@link dev.loupe.cli.options.NumericsOptions} chooses the profile. Without options that is
 * float32 with sdpa attention; in {@code diagnose} it is float16 with eager attention.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>{@code trace} and {@code diagnose} put all pictures before all clips before the text. Other
 * orders are for the Java API.
 */
package dev.loupe.cli.options;
