/**
 * What every command does alike: how it runs, fails and ends.
 *
 * <p>{@link dev.loupe.cli.command.SubCommand} is the base of every command: the look of its help,
 * its streams and its usage errors. {@link dev.loupe.cli.command.ErrorReporter} turns an exception
 * into one line and an exit code.
 *
 * <h2>Ownership</h2>
 *
 * <p>{@link dev.loupe.cli.command.ShutdownCleanup} closes what a command has open when Ctrl-C ends
 * the JVM. {@link dev.loupe.cli.command.InterruptHandler} lets a command finish what it has begun
 * at the first Ctrl-C.
 *
 * <h2>Threads</h2>
 *
 * <p>Signals arrive on threads of the JVM. A daemon thread checks every second that the launcher is
 * alive.
 */
package dev.loupe.cli.command;
