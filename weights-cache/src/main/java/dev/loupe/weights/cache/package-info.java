/**
 * The cache of packed weights.
 *
 * <p>{@link dev.loupe.weights.cache.WeightsCache} keeps what {@link
 * dev.loupe.tensor.nn.LayerLoader} packs in one file a model and compute type: 64 bytes of header,
 * the tensors from byte 4,096 on, a table. Its name is a hash of the content of the source ({@link
 * dev.loupe.weights.cache.ContentHashes}) and the versions of layout and format. Each builder
 * writes a temporary file of its own, flushes it and renames it, so that an incomplete file is
 * never read and builders need no lock. A thread of its own writes it while the model already
 * answers; closing the weights waits for the file.
 *
 * <p>{@link dev.loupe.weights.cache.CacheGuard} handles every failure of the cache; the weights are
 * then in memory only.
 *
 * <p>Every byte is verified at every load, before the first is used: CRC-32C of slices of 4 MB, by
 * all threads. Reading also maps the pages, which otherwise the first pass of the model would do,
 * so this costs little extra time.
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
 * <p>Weights are converted to the requested compute type only.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>Nothing limits the size of the cache folder: a file is deleted only when the same weights are
 * packed in a newer layout. The file of a deleted model stays until the user deletes it.
 */
package dev.loupe.weights.cache;
