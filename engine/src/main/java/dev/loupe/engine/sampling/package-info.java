/**
 * From the scores of a model to the next token, as transformers and PyTorch choose it.
 *
 * <h2>Ownership</h2>
 *
 * <p>Processors work in place on the caller's scores and keep nothing. A sampler and its generator
 * hold the state of one request.
 *
 * <h2>Threads</h2>
 *
 * <p>Processors and {@link dev.loupe.engine.sampling.GreedySampler} are immutable and may be
 * shared. {@link dev.loupe.engine.sampling.MultinomialSampler} and the generators are not: one
 * request, one thread.
 *
 * <h2>Numerics</h2>
 *
 * <p>Scores are float32 in every compute type: transformers makes a float32 copy of the last row
 * first. On the CPU every step equals PyTorch 2.13 in every bit: the processors, the softmax of an
 * AVX-512 processor with its exponential and its order of additions, the order of equal elements in
 * a sort, the checks of {@code torch.multinomial} with their words, the draws of MT19937. For CUDA
 * only the random numbers follow PyTorch, and these are not yet confirmed on a GPU. Nothing here
 * uses a function whose result depends on the machine.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>One sequence at a time and one draw: no beams, no batch, no draw of several tokens. Only the
 * processors that the Qwen2-VL checkpoints and their users set are implemented. CUDA's division by
 * a scalar (a product with the reciprocal), its softmax and its {@code __logf} are not imitated;
 * PyTorch's 8-lane softmax of processors without AVX-512 neither.
 */
package dev.loupe.engine.sampling;
