package dev.loupe.tokenizer;

/**
 * A token outside the BPE vocabulary, cut out of the text as a whole before anything else happens.
 *
 * @param id its token id, at least 0
 * @param content its text, at least one character
 * @param special whether it is a control token: recognised only where the caller asks for that, and
 *     left out when decoding skips special tokens
 * @param normalized whether it is looked for in the NFC form of the text and not in the text as
 *     written
 */
public record AddedToken(int id, String content, boolean special, boolean normalized) {

  /** A hundred times the largest published one; ids above it would overflow sizes. */
  static final int MAX_ID = (1 << 24) - 1;

  /** What ids there are, for messages. */
  static final String IDS = "an id of 0 to " + MAX_ID;

  /**
   * Checks the components.
   *
   * @throws IllegalArgumentException if the id is negative or the content empty
   */
  public AddedToken {
    if (id < 0 || content.isEmpty()) {
      throw new IllegalArgumentException(
          "added token: expected an id of at least 0 and a text, found "
              + id
              + " and \""
              + content
              + "\"");
    }
  }

  /** A control token: special, and looked for in the text as written. */
  public static AddedToken control(int id, String content) {
    return new AddedToken(id, content, true, false);
  }
}
