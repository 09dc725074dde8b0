/**
 * The command line: {@code loupe} itself. Each command has a package of its own, named like it.
 *
 * <pre>
 * loupe (this package)
 *   bench, caption, chat, diagnose, inspect, serve, tokenize, trace   one package a command
 *     folder     captions for folders of pictures
 *     options    options that several commands share
 *       command    how a command runs and ends: exit codes, errors, signals
 *         terminal   standard streams, progress, tables
 * </pre>
 *
 * <p>A package uses the ones below it, never one above and no other command.
 *
 * <p>A new command is a subclass of {@code SubCommand} with picocli's {@code Command}, in a package
 * of its own, and a line in {@link dev.loupe.cli.LoupeCommand}.
 *
 * <h2>Ownership</h2>
 *
 * <p>A command opens what it needs and closes it before it returns its exit code ({@link
 * dev.loupe.cli.command.ExitCodes}). The standard streams belong to {@link
 * dev.loupe.cli.LoupeCommand#main}; commands get them as {@link
 * dev.loupe.cli.terminal.StandardStreams} and never use {@code System.out}, so that a test can
 * replace the terminal.
 *
 * <p>A command ends at the first error, before work is wasted: {@code trace} opens its output
 * first, {@code caption} reads a picture before the model. The exceptions are {@code caption},
 * {@code chat} and {@code inspect}, whose packages say what they do instead.
 *
 * <h2>Threads</h2>
 *
 * <p>A command runs on the main thread. A daemon thread draws the progress.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>There are no colours except in picocli's help, and no configuration file. Options and the few
 * environment variables in {@code loupe --help} are read here and become values; the library below
 * reads neither.
 */
package dev.loupe.cli;
