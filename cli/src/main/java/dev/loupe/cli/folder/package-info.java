/**
 * Captions for folders of pictures: finds pictures, plans a run, reads ahead, captions in batches,
 * and writes every caption whole or not at all.
 *
 * <h2>Ownership</h2>
 *
 * <p>A {@link dev.loupe.cli.folder.CaptionStore} holds its output, and the lock on it, from {@code
 * open} to {@code close}. The model is the caller's. A run keeps the names of all pictures in
 * memory, about 200 bytes each, and the pixels of a batch and two more pictures.
 *
 * <p>A caption is on the disk as a whole or not at all: a text file is written to a temporary file,
 * forced and renamed; a row of a JSONL file is one whole line, forced, and cut off if it cannot be
 * finished. A run learns what is done from the output itself. If it overwrites or extends old
 * captions, it learns that from a run file, which exists only during the run. So after a kill at
 * any moment the same command continues, and repeats only the pictures that were in flight. A
 * picture that failed leaves no output and is tried again.
 *
 * <h2>Threads</h2>
 *
 * <p>{@link dev.loupe.cli.folder.FolderRun} reads and resizes on one thread, computes on the
 * caller's, and writes on a third. After a stop it takes no more pictures, and finishes those in
 * flight.
 *
 * <h2>Numerics</h2>
 *
 * <p>A caption depends on its picture alone, bit for bit, in a batch of any size. Pictures are
 * resized before the batch, which gives the same patches.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>The lock is in the folder that contains all arguments, so it does not stop a second run on a
 * folder inside it. The files are still whole, but work is done twice. A folder is not forced after
 * a rename: a power cut, unlike a kill, may lose the last files; the next run writes them again. A
 * caption file that is a link is replaced by a file.
 *
 * <p>The interface of this package is the options of {@code loupe caption}.
 */
package dev.loupe.cli.folder;
