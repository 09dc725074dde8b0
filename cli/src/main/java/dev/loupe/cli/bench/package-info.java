/**
 * {@code loupe bench}: measures a model on this machine, and the machine itself.
 *
 * <h2>Ownership</h2>
 *
 * A run loads a model of its own, without a tokenizer, and frees it with all it allocated.
 *
 * <h2>Threads</h2>
 *
 * One caller; the threads of the model's backend compute, and measure the peaks.
 *
 * <h2>Numerics</h2>
 *
 * Times do not depend on the numbers, so token ids and pixel values are invented. Operations and
 * bytes are counted from the configuration ({@code ModelCost}). Clock and memory speed of a shared
 * machine change within seconds. So a share compares each time with the peaks measured directly
 * before and after it, and is the median of these ratios; rates and peaks are medians of their own.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Image decoding, resizing, tokenizer and sampling are not measured: below one percent for the
 * published sizes. Bytes of a step count weights, keys and values, not activations.
 */
package dev.loupe.cli.bench;
