/**
 * The forensics of 16-bit arithmetic: where a prompt overflows, how NaN spreads, what PyTorch does
 * then, and which remedy helps. {@link dev.loupe.engine.diagnose.Diagnosis} is the report, {@link
 * dev.loupe.engine.diagnose.DiagnosisText} and {@link dev.loupe.engine.diagnose.DiagnosisJson}
 * print it.
 *
 * <h2>Ownership</h2>
 *
 * A diagnosis loads the model itself, once for each compute type, and closes it before the next, so
 * that it needs no more memory than one. A report holds no tensor and outlives the model.
 *
 * <h2>Threads</h2>
 *
 * Everything runs on the caller's thread; each run uses the threads of its model. Runs share what
 * they have in common ({@link dev.loupe.engine.Qwen2Vl#generateVariants}): the picture, the prompt,
 * and the tokens of answers as long as they agree. Reports are immutable.
 *
 * <h2>Numerics</h2>
 *
 * Every run is an ordinary generation with an observer, which changes no bit. That the failure is
 * PyTorch's event by event (level L4a: first overflow, infinities, rows of NaN, the exception) is
 * what the tests of the runs show, against PyTorch on a CPU. Whether another order of additions, as
 * a GPU has, could give another set of infinities is not a matter of belief: {@link
 * dev.loupe.engine.diagnose.SummationOrder} sums everything backwards as well and states a rule. It
 * covers the prompt's pass; in later passes only the distance from the threshold is looked at.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Two orders out of many are a probe and no proof, and neither is that of a tensor core. Of the
 * vision tower's scores the range is known, and which overflow is not. PyTorch's sentences are
 * those of the version in the tests; what CUDA says is taken from its source and from reports, not
 * from a run. Verdicts hold for one prompt, one seed, and the first tokens of the answer.
 */
package dev.loupe.engine.diagnose;
