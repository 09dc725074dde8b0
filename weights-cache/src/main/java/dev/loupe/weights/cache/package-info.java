/**
 * The cache of packed weights.
 *
 * <p>{@link dev.loupe.weights.cache.WeightsCache} keeps what {@link
 * dev.loupe.tensor.nn.LayerLoader} packs in one file a model and compute type: 64 bytes of header,
 * the tensors from byte 4,096 on, a table. Its name is a hash of the content of the source ({@link
 * dev.loupe.weights.cache.ContentHashes}) and the versions of layout and format. It is written
 * beside its place by each builder for itself, flushed and renamed, so that nobody sees half a file
 * and builders need no lock. It is written on a thread of its own, while the model already answers;
 * closing the weights waits for it.
 *
 * <p>Whatever fails in the cache ends in one place, {@link dev.loupe.weights.cache.CacheGuard}, and
 * the weights are then in memory alone.
 *
 * <p>Every byte is verified at every load, before the first is used: CRC-32C of slices of 4 MB, by
 * all threads. Reading them also maps the pages that the first pass of the model would have to map,
 * so that little of this time is lost.
 *
 * <h2>Ownership</h2>
 *
 * <p>A {@link dev.loupe.weights.cache.WeightsCache} takes over the weights it is given and closes
 * them.
 *
 * <h2>Threads</h2>
 *
 * <p>Everything here may be used by several threads at once, and by several processes.
 *
 * <h2>Numerics</h2>
 *
 * <p>Nothing is converted but to the compute type asked for.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>Nothing limits the size of the cache folder: a file is deleted only when the same weights are
 * packed in a newer layout, so what belongs to a deleted model stays until the user deletes it.
 */
package dev.loupe.weights.cache;
