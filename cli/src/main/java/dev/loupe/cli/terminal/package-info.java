/**
 * What commands read from and write to: the standard streams, progress, tables and lines of JSON.
 *
 * <p>Results go to standard output, always in UTF-8. Progress and messages go to standard error.
 *
 * <h2>Threads</h2>
 *
 * <p>A daemon thread draws the progress; {@link dev.loupe.cli.terminal.ProgressTask} and {@link
 * dev.loupe.cli.terminal.LoadingProgress} are safe for several threads.
 */
package dev.loupe.cli.terminal;
