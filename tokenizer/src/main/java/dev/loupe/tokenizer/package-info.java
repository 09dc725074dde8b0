/**
 * Text to token ids and back: the byte-level BPE of Qwen2 and the chat template of Qwen2-VL.
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizer.load(folder);
 * ChatMessage question = ChatMessage.user(ContentPart.IMAGE, ContentPart.text("What is this?"));
 * int[] ids = tokenizer.encode(ChatTemplate.FOR_ANSWER.segments(List.of(question)));
 * ids = VisionPlaceholders.of(tokenizer).expand(ids, new int[] {imageTokens}, new int[0]);
 * }</pre>
 *
 * <h2>Ownership</h2>
 *
 * Loading closes every stream that it opens and keeps none. Arrays that are handed out are the
 * caller's.
 *
 * <h2>Threads</h2>
 *
 * Everything is immutable and may be shared, except {@link StreamingDecoder}, which belongs to one
 * text and one thread.
 *
 * <h2>Numerics</h2>
 *
 * The ids are those of the tokenizers library; 0.23.2 was run for the tests. Letters and numbers
 * follow the JDK: Unicode 16.0 in JDK 25, for which that library agrees on every code point.
 * Encoding takes O(n log n) steps for any text, also for a megabyte without a single space; loading
 * reads {@code tokenizer.json} as a stream.
 *
 * <p>Only {@link Tokenizer#encodeWithControlTokens} recognises control tokens in a text. A prompt
 * is a list of {@link PromptSegment}, in which the template's control tokens are no text and text
 * is never a control token.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <ul>
 *   <li>Other pipelines than Qwen2's are refused when loading, never approximated: other
 *       normalizers, pre-tokenizers, models, decoders; added tokens with {@code lstrip}, {@code
 *       rstrip} or {@code single_word}; BPE dropout.
 *   <li>The Jinja program of a checkpoint is not run. {@link ChatTemplate} is the template of the
 *       Instruct models; the template of the base models, without roles, is not implemented.
 *   <li>The library's NFC knows combining marks up to Unicode 9.0 (it does not reorder U+10F47, of
 *       version 11), the JDK's NFC those of its own version. So a text in which a newer mark is out
 *       of canonical order gets other ids. All other texts get the same ids.
 *   <li>No offsets, no truncation, no padding.
 *   <li>An added token decodes to its own text. The tokenizers library sends it through the byte
 *       alphabet, which turns an accented letter into U+FFFD; no token of Qwen2-VL has one.
 * </ul>
 */
package dev.loupe.tokenizer;
