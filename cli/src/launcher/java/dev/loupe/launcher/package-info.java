/**
 * What `java -jar loupe.jar` starts: looks for a Java that can run Loupe, and runs it there.
 *
 * <p>A jar's manifest cannot add the Vector module to the running JVM, and the default {@code java}
 * of a machine is often older than 25. So this package is compiled for Java 17, uses nothing of the
 * engine but the name of its main class, and starts a second JVM with the right flags.
 *
 * <h2>Ownership</h2>
 *
 * <p>The child process belongs to the launcher: it never outlives a launcher that is asked to end.
 * Standard streams are inherited, so that the child sees the same terminal, file or pipe; the exit
 * code is the child's.
 *
 * <h2>Threads</h2>
 *
 * <p>One; a signal's handler and the shutdown hook run on the JVM's own.
 *
 * <h2>Flags</h2>
 *
 * <p>{@code StartOptions} and {@code Main} say of each flag what it is for, {@code
 * docs/performance.md} what it brings. Options of {@code LOUPE_JAVA_OPTS} and of the launcher's own
 * command line come after them, and so win.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>No class archive for large work: JDK 25 archives no modules beside an incubator module, and
 * the first answer waits for C2, whose code it does not keep.
 *
 * <p>The JDK's line {@code WARNING: Using incubator modules: jdk.incubator.vector} stays on
 * standard error. It is printed before any code of ours runs ({@code
 * ModuleBootstrap.checkIncubatingStatus} of JDK 25 knows no switch, and a CDS or AOT archive does
 * not skip it); hiding it would mean to pipe standard error, and the child would no longer see the
 * terminal.
 *
 * <p>No start of a candidate to ask for its version: the file {@code release} of a Java home says
 * it, and a search over twenty homes costs milliseconds.
 */
package dev.loupe.launcher;
