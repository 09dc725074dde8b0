/**
 * What several modules of Loupe do with files and texts: read and write JSON, write files that are
 * whole or not there, and hash. The package is exported to Loupe's modules only.
 *
 * <h2>Errors</h2>
 *
 * All that is wrong in a JSON text is a {@link dev.loupe.io.JsonException}. It names the field, but
 * not the text: only the caller knows whether that is a file, a line or the body of a request.
 *
 * <h2>Threads</h2>
 *
 * Everything may be used by several threads at once, but for a single {@link
 * dev.loupe.io.TemporaryFile}.
 *
 * <h2>Deliberate gaps</h2>
 *
 * The header of a safetensors file and {@code tokenizer.json} are read token by token where they
 * belong: the first is strict beyond JSON, the second has 7 MB.
 */
package dev.loupe.io;
