/**
 * The command line: one picocli class a command, and what they share.
 *
 * <h2>Ownership</h2>
 *
 * <p>A command opens what it needs and closes it before it returns its exit code ({@link
 * dev.loupe.cli.ExitCodes}). The standard streams belong to {@link
 * dev.loupe.cli.LoupeCommand#main}; commands get them as {@link dev.loupe.cli.StandardStreams} and
 * never touch {@code System.out}, so that a test can stand in for the terminal.
 *
 * <p>{@code caption} goes on after a picture that failed: whatever is wrong with one file is told
 * and listed, and the others are done. Everything else ends at the first error, before work is
 * wasted: {@code trace} opens its output first, {@code caption} reads a picture before the model.
 * What a Ctrl-C would leave behind is removed by a shutdown hook; in a run over many pictures
 * {@link dev.loupe.cli.InterruptHandler} lets those in flight come to their end first. {@code
 * serve} runs until a signal, upon which whoever waits for an answer is told, and prints its
 * address as its only result.
 *
 * <p>{@code chat} goes on after whatever is wrong with one line. Its history of lines lives in
 * memory and ends with it.
 *
 * <h2>Threads</h2>
 *
 * <p>A command runs on the main thread. In a {@code chat} at a terminal, Ctrl-C sets a flag from a
 * thread of the JVM, and the answer ends with its next token; everywhere else it ends the JVM.
 * Progress is drawn by a daemon thread.
 *
 * <h2>Numerics</h2>
 *
 * <p>{@link dev.loupe.cli.NumericsOptions} chooses the profile: float32 with sdpa attention unless
 * told otherwise, in {@code diagnose} float16 with eager. Nothing is computed here but the
 * statistics that {@code trace} and {@code inspect} print, which are added in float64.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>A caption appears when it is complete, and those of many pictures in the order in which they
 * end. Files named one by one go through the model one by one. {@code trace} and {@code diagnose}
 * put all pictures before all clips before the text; other orders are for the Java API.
 *
 * <p>No colours except in picocli's help, no configuration file. Options and the few environment
 * variables in {@code loupe --help} are read here and become values; the library below never asks
 * for either.
 */
package dev.loupe.cli;
