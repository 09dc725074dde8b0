/**
 * {@code loupe caption}: one caption for each picture, and the way there from the options.
 *
 * <p>Files named one by one go through the model one by one ({@link
 * dev.loupe.cli.caption.CaptionFiles}). Folders, patterns and lists go through it in batches
 * ({@link dev.loupe.cli.caption.CaptionFolder}, which uses {@link dev.loupe.cli.folder.FolderRun}).
 *
 * <h2>Ownership</h2>
 *
 * <p>A picture that fails does not stop the run: it is reported and listed, and the other pictures
 * are captioned. At the first Ctrl-C a run over a folder finishes the pictures that it has begun.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>A caption appears when it is complete. Captions of a folder appear in the order in which they
 * are finished.
 */
package dev.loupe.cli.caption;
