/**
 * What can be found out about a model without running it: its configuration, its tokenizer, its
 * tensors, and what is wrong with them.
 *
 * <p>Goes on after a mistake and lists all it found.
 *
 * <h2>Numerics</h2>
 *
 * Statistics of tensors are added in float64.
 */
package dev.loupe.engine.inspect;
