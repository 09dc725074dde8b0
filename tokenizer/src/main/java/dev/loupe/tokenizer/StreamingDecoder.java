package dev.loupe.tokenizer;

import java.util.Arrays;

/**
 * Turns token ids into text as they arrive and never shows half a character: the bytes of an
 * unfinished UTF-8 sequence wait for the next token. The pieces, {@link #finish()} included, joined
 * are what {@link Tokenizer#decode} makes of all ids at once. For one thread.
 */
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private byte[] unfinished = {};

  StreamingDecoder(Tokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /** The text that this token completes, often empty inside a character of several tokens. */
  public String push(int id) {
    byte[] added = tokenizer.bytes(id, skipSpecial);
    byte[] bytes = Arrays.copyOf(unfinished, unfinished.length + added.length);
    System.arraycopy(added, 0, bytes, unfinished.length, added.length);
    int complete = bytes.length - Utf8.unfinishedLength(bytes);
    unfinished = Arrays.copyOfRange(bytes, complete, bytes.length);
    return Utf8.decode(bytes, complete);
  }

  /**
   * The end of the text: U+FFFD if it breaks off inside a character, else nothing. The decoder can
   * then be used for another text.
   */
  public String finish() {
    String rest = Utf8.decode(unfinished, unfinished.length);
    unfinished = new byte[0];
    return rest;
  }
}
