/**
 * Files, JSON and text for several modules of Loupe: read and write JSON, read regular files only,
 * write files atomically, make text printable, and compute SHA-256. The package is exported to
 * Loupe's modules only.
 *
 * <h2>Errors</h2>
 *
 * Every mistake in a JSON text is a {@link dev.loupe.io.JsonException}. It names the field, but not
 * the text: only the caller knows whether that is a file, a line or the body of a request.
 *
 * <h2>Threads</h2>
 *
 * Everything may be used by several threads at once, except a {@link dev.loupe.io.TemporaryFile},
 * which belongs to one.
 *
 * <h2>Deliberate gaps</h2>
 *
 * The header of a safetensors file and {@code tokenizer.json} are read token by token in their own
 * modules: the first has rules beyond JSON, the second is large.
 */
package dev.loupe.io;
