/**
 * The command line: one picocli class a command, and what they share.
 *
 * <h2>Ownership</h2>
 *
 * <p>A command opens what it needs and closes it before it returns its exit code ({@link
 * dev.loupe.engine.cli.ExitCodes}). The standard streams belong to {@link
 * dev.loupe.engine.cli.LoupeCommand#main}; commands get them as {@link
 * dev.loupe.engine.cli.StandardStreams} and never touch {@code System.out}, so that a test can
 * stand in for the terminal.
 *
 * <h2>Threads</h2>
 *
 * <p>A command runs on the main thread. Progress is drawn by a daemon thread.
 *
 * <h2>Numerics</h2>
 *
 * <p>None.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>No colours except in picocli's help, no configuration file. Options and the few environment
 * variables in {@code loupe --help} are read here and become values; the library below never asks
 * for either.
 */
package dev.loupe.engine.cli;
