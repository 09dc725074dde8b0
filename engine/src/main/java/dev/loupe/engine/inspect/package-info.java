/**
 * Inspects a model without running it: its configuration, its tokenizer, its tensors, and what is
 * wrong with them.
 *
 * <p>An inspection continues after a mistake and lists all mistakes.
 *
 * <h2>Numerics</h2>
 *
 * Statistics of tensors are added in float64.
 */
package dev.loupe.engine.inspect;
