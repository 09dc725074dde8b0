package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

/**
 * Byte-level byte-pair encoding: text is cut by {@link PreTokenizer}, each piece becomes one symbol
 * for each of its UTF-8 bytes, and neighbours merge by {@link MergeRanks}. Every text has an
 * encoding, because each of the 256 bytes is a token. Immutable.
 */
final class ByteLevelBpe {
  private final int[] byteIds;
  private final MergeRanks merges;

  /**
   * An encoder.
   *
   * @param byteIds the token id of each byte, 256 of them
   * @param merges over the same ids
   * @throws IllegalArgumentException if there are not 256 byte ids
   */
  ByteLevelBpe(int[] byteIds, MergeRanks merges) {
    if (byteIds.length != 256) {
      throw new IllegalArgumentException(
          "byte tokens: expected 256, one for each byte, found " + byteIds.length);
    }
    this.byteIds = byteIds.clone();
    this.merges = merges;
  }

  /**
   * The token ids of a text that is in its normal form and holds no lone surrogate. Nothing in it
   * is an added token.
   */
  int[] encode(String text) {
    IntArrayList ids = new IntArrayList();
    encode(text, 0, text.length(), ids);
    return ids.toIntArray();
  }

  /** Appends the ids of {@code text[start, end)}, which is cut as if it stood alone. */
  void encode(String text, int start, int end, IntArrayList ids) {
    SymbolChain chain = new SymbolChain(merges);
    for (int piece = start; piece < end; ) {
      int pieceEnd = PreTokenizer.endOfPiece(text, piece, end);
      chain.clear();
      addBytes(text, piece, pieceEnd, chain);
      chain.mergeAll();
      chain.appendTo(ids);
      piece = pieceEnd;
    }
  }

  private void addBytes(String text, int start, int end, SymbolChain chain) {
    for (int i = start; i < end; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c < 0x80) {
        chain.add(byteIds[c]);
      } else if (c < 0x800) {
        chain.add(byteIds[0xC0 | c >> 6]);
        chain.add(byteIds[0x80 | c & 0x3F]);
      } else if (c < 0x10000) {
        chain.add(byteIds[0xE0 | c >> 12]);
        chain.add(byteIds[0x80 | c >> 6 & 0x3F]);
        chain.add(byteIds[0x80 | c & 0x3F]);
      } else {
        chain.add(byteIds[0xF0 | c >> 18]);
        chain.add(byteIds[0x80 | c >> 12 & 0x3F]);
        chain.add(byteIds[0x80 | c >> 6 & 0x3F]);
        chain.add(byteIds[0x80 | c & 0x3F]);
      }
    }
  }
}
