/**
 * The forensics of 16-bit arithmetic: where a prompt overflows, how NaN spreads, what PyTorch does
 * then, and which remedy helps. {@link dev.loupe.engine.diagnose.Diagnosis} is the report, {@link
 * dev.loupe.engine.diagnose.DiagnosisText} and {@link dev.loupe.engine.diagnose.DiagnosisJson}
 * print it, and {@link dev.loupe.engine.diagnose.html.DiagnosisPage} draws it.
 *
 * <h2>Ownership</h2>
 *
 * A diagnosis loads the model itself, once for each compute type, and closes it before the next
 * load. So it needs the memory of one model. A report holds no tensor and outlives the model.
 *
 * <h2>Threads</h2>
 *
 * Everything runs on the caller's thread; each run uses the threads of its model. Runs compute once
 * what they have in common ({@link dev.loupe.engine.Qwen2Vl#generateVariants}): the picture, the
 * prompt, and the tokens of answers as long as they are equal. Reports are immutable.
 *
 * <h2>Numerics</h2>
 *
 * Every run is an ordinary generation with an observer, which changes no bit. The failure equals
 * PyTorch's on a CPU event by event (first overflow, infinities, rows of NaN, the exception); tests
 * compare the runs. A GPU adds in another order, which could give another set of infinities. {@link
 * dev.loupe.engine.diagnose.SummationOrder} therefore sums everything backwards as well and decides
 * by a rule. It covers the prompt's pass; in later passes only the distance from the threshold is
 * checked.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Two orders out of many are a probe and no proof, and a tensor core has neither. With float16
 * accumulators the first sum that overflows is placed, and the others are counted. PyTorch's
 * messages are those of the version in the tests; CUDA's are from its source and from reports, not
 * from a run. Verdicts apply to one prompt, one seed, and the first tokens of the answer.
 */
package dev.loupe.engine.diagnose;
