/**
 * {@code loupe chat}: a conversation at a terminal, or one that is piped in.
 *
 * <h2>Ownership</h2>
 *
 * <p>A line that fails does not end the conversation. The history of lines is kept in memory and
 * ends with the command.
 *
 * <h2>Threads</h2>
 *
 * <p>At a terminal, Ctrl-C sets a flag from a thread of the JVM, and the answer ends with its next
 * token. Elsewhere Ctrl-C ends the JVM.
 */
package dev.loupe.cli.chat;
