/**
 * {@code loupe inspect}: what a model consists of, and what is wrong with it.
 *
 * <p>Prints what {@link dev.loupe.engine.inspect} finds, and what this machine makes of it.
 */
package dev.loupe.cli.inspect;
