/**
 * Captions for folders of pictures: find them, plan, read ahead, caption in batches, and keep every
 * result whole.
 *
 * <h2>Ownership</h2>
 *
 * <p>A {@link dev.loupe.cli.folder.CaptionStore} holds its output, and the lock on it, from {@code
 * open} to {@code close}. The model is the caller's. A run keeps the names of all pictures in
 * memory, some 200 bytes each, and the samples of a batch and two more.
 *
 * <p>A caption is on the disk or it is not: a sidecar is written to a temporary file, forced and
 * renamed; a row of a JSONL file is one whole line, forced, and cut off again when it cannot be
 * finished. What is done is read from the output itself, and where old captions are overwritten or
 * added to, from a run file that ends with the run. So the same command goes on after a kill at any
 * moment, and does again what was in flight. A picture that failed leaves nothing behind and is
 * tried again.
 *
 * <h2>Threads</h2>
 *
 * <p>{@link dev.loupe.cli.folder.FolderRun} reads and resizes on one thread, computes on the
 * caller's, and writes on a third. Stopping takes no more pictures and finishes those in flight.
 *
 * <h2>Numerics</h2>
 *
 * <p>Nothing here changes a bit: a caption is that of its picture alone, whatever the batch.
 * Pictures are resized early, which gives the same patches.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>The lock lies in the folder that all arguments have in common, so a second run on a folder
 * inside it is not seen. Its files are whole all the same, but work is done twice. A folder is not
 * forced after a rename: a power cut, other than a kill, may lose the last names; the next run
 * makes them again. A sidecar that is a link is replaced by a file.
 *
 * <p>Not exported: the options of the command {@code caption} are its interface.
 */
package dev.loupe.cli.folder;
