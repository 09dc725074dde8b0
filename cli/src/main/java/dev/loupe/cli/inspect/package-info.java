/**
 * {@code loupe inspect}: what a model consists of, and what is wrong with it.
 *
 * <p>Goes on after a mistake and lists all it found.
 *
 * <h2>Numerics</h2>
 *
 * <p>Statistics of tensors are added in float64.
 */
package dev.loupe.cli.inspect;
