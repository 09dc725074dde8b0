/**
 * Events for JDK Flight Recorder, in the category Loupe: {@code dev.loupe.Load}, {@code
 * PictureDecode}, {@code PictureResize}, {@code PictureEncode}, {@code Prefill}, {@code Decode},
 * {@code NonFinite}, and {@code Token}, which is off unless it is asked for by name. Their names
 * and fields are a contract with programs that read recordings. Fields may be added; none is
 * renamed.
 *
 * <h2>Ownership</h2>
 *
 * <p>An event is begun and committed by the class that does the work, which holds it in a local
 * variable or, for an answer, in its own field.
 *
 * <h2>Threads</h2>
 *
 * <p>An event belongs to one thread. Answers made side by side in a batch have overlapping {@code
 * Decode} events on the same thread.
 *
 * <h2>Numerics</h2>
 *
 * <p>Events compute nothing. {@code NonFinite} is written where scores are checked before a choice,
 * not where an infinity arises; {@code diagnose} shows that.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>{@code Token} has no duration: the event of an answer has the rate. {@code PictureDecode} is
 * written for files and bytes that a {@link dev.loupe.engine.Prompt} decodes, not for a decoder
 * that is called by itself. Without a recording an event is an object that the JIT removes. The
 * run-time image must contain the module {@code jdk.jfr}.
 */
package dev.loupe.engine.telemetry;
