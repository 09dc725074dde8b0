/**
 * The arithmetic of a run and what an observer sees of it.
 *
 * <h2>Ownership</h2>
 *
 * Profiles and events are immutable. A {@link dev.loupe.tensor.numerics.TraceRecorder} owns its
 * copies until it is closed; tensors handed to an observer are valid during the call only.
 *
 * <h2>Threads</h2>
 *
 * An observer is called on the thread of the request, one call at a time, in the order of the
 * computation.
 *
 * <h2>Numerics</h2>
 *
 * Observing changes no bit of a result. It makes an operation round after it was counted instead of
 * while it is computed.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Operations whose {@link dev.loupe.tensor.RoundingPlace} is inside report their result only, so
 * they count no roundings. Single scores are shown for the decoder alone; the tower's are an
 * operation, one for each frame. With sdpa attention scores are never rounded, and not reported.
 * The arithmetic of tensor cores is not modelled.
 */
package dev.loupe.tensor.numerics;
