package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Text to token ids and back, as Qwen2's tokenizer does it: added tokens are cut out, the rest is
 * brought to NFC, cut by {@link PreTokenizer} and encoded by {@link ByteLevelBpe}. No token is put
 * before or after the text. Immutable.
 *
 * <p>A lone surrogate in a text has no UTF-8 form; it is read as U+FFFD.
 */
public final class Tokenizer {
  private static final char REPLACEMENT = '\uFFFD';

  private final Vocabulary vocabulary;
  private final ByteLevelBpe bpe;
  private final AddedTokenTrie inText;
  private final AddedTokenTrie inNormalForm;

  Tokenizer(Vocabulary vocabulary, ByteLevelBpe bpe) {
    this.vocabulary = vocabulary;
    this.bpe = bpe;
    inText = new AddedTokenTrie(vocabulary.added().stream().filter(t -> !t.normalized()).toList());
    inNormalForm =
        new AddedTokenTrie(vocabulary.added().stream().filter(AddedToken::normalized).toList());
  }

  /**
   * Reads {@code tokenizer.json} or, where there is none, {@code vocab.json} and {@code
   * merges.txt}; also the added tokens of {@code tokenizer_config.json} where that is there. If no
   * file names an added token, the 14 control tokens of Qwen2-VL follow the vocabulary.
   *
   * @throws IOException if files are missing, cannot be read or are malformed, or ask for a step
   *     that Loupe does not implement; the message names it
   */
  public static Tokenizer load(Path folder) throws IOException {
    return load(folder.toString(), TokenizerFiles.in(folder));
  }

  /**
   * As {@link #load(Path)}, from another source than a folder.
   *
   * @param source where the files are, for error messages
   * @param files opens the files
   * @throws IOException as {@link #load(Path)}
   */
  public static Tokenizer load(String source, TokenizerFiles files) throws IOException {
    return new TokenizerLoader(source, files).load();
  }

  /**
   * The ids of a text from a user: control tokens in it stay plain text. Added tokens that are not
   * special are words like any other and are found.
   */
  public int[] encode(String text) {
    IntArrayList ids = new IntArrayList();
    encode(text, false, ids);
    return ids.toIntArray();
  }

  /**
   * The ids of a text in which control tokens are meant, for example a rendered template. Do not
   * use it for text of a user: {@code <|im_end|>} in it would end the message.
   */
  public int[] encodeWithControlTokens(String text) {
    IntArrayList ids = new IntArrayList();
    encode(text, true, ids);
    return ids.toIntArray();
  }

  /**
   * The ids of a prompt whose control tokens are known from its text.
   *
   * @throws IllegalArgumentException if the vocabulary lacks one of the control tokens
   */
  public int[] encode(List<PromptSegment> prompt) {
    IntArrayList ids = new IntArrayList();
    for (PromptSegment segment : prompt) {
      switch (segment) {
        case PromptSegment.Control(String token) -> ids.add(controlToken(token));
        case PromptSegment.Text(String text) -> encode(text, false, ids);
      }
    }
    return ids.toIntArray();
  }

  /**
   * The text of token ids, nothing between tokens. Bytes that are no UTF-8 become U+FFFD, one for
   * each maximal invalid subpart. An id without a token adds nothing.
   *
   * @param skipSpecial whether control tokens are left out
   */
  public String decode(int[] ids, boolean skipSpecial) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(bytes(id, skipSpecial));
    }
    return Utf8.decode(bytes.toByteArray(), bytes.size());
  }

  /**
   * A decoder for ids that arrive one by one.
   *
   * @param skipSpecial whether control tokens are left out
   */
  public StreamingDecoder newStreamingDecoder(boolean skipSpecial) {
    return new StreamingDecoder(this, skipSpecial);
  }

  /** The id of a token: an added one by its text, another in the byte alphabet ({@code Ġworld}). */
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  /** The token of an id, as {@link #id(String)} takes it; empty where there is none. */
  public Optional<String> token(int id) {
    return vocabulary.token(id);
  }

  /**
   * The id of a control token that the model needs.
   *
   * @throws IllegalArgumentException if no special token has this text
   */
  public int controlToken(String content) {
    OptionalInt id = vocabulary.id(content);
    if (id.isEmpty() || !isSpecial(id.getAsInt())) {
      throw new IllegalArgumentException(
          content
              + ": expected a special token of the vocabulary, found "
              + (id.isEmpty() ? "no such token" : "an ordinary one")
              + "; use the tokenizer files of a Qwen2-VL checkpoint");
    }
    return id.getAsInt();
  }

  /** Whether this is the id of a control token. */
  public boolean isSpecial(int id) {
    return vocabulary.isSpecial(id);
  }

  /** The tokens outside the BPE vocabulary, by id. */
  public List<AddedToken> addedTokens() {
    return vocabulary.added().stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
  }

  /** One more than the largest id, 151657 for Qwen2-VL. A model may have more embedding rows. */
  public int size() {
    return vocabulary.size();
  }

  byte[] bytes(int id, boolean skipSpecial) {
    return vocabulary.bytes(skipSpecial && isSpecial(id) ? Integer.MIN_VALUE : id);
  }

  private void encode(String text, boolean control, IntArrayList ids) {
    forEachGap(
        wellFormed(text),
        inText,
        control,
        ids,
        gap -> {
          String normal = Nfc.normalize(gap);
          forEachGap(
              normal,
              inNormalForm,
              control,
              ids,
              plain -> bpe.encode(plain, 0, plain.length(), ids));
        });
  }

  /** Adds the ids of the added tokens of one kind, and passes the text between them on. */
  private static void forEachGap(
      String text, AddedTokenTrie trie, boolean control, IntArrayList ids, Consumer<String> gap) {
    int gapStart = 0;
    for (int i = 0; i < text.length(); ) {
      Optional<AddedToken> token = trie.longestAt(text, i, control);
      if (token.isEmpty()) {
        i++;
        continue;
      }
      gap.accept(text.substring(gapStart, i));
      ids.add(token.get().id());
      i += token.get().content().length();
      gapStart = i;
    }
    gap.accept(text.substring(gapStart));
  }

  private static String wellFormed(String text) {
    StringBuilder repaired = new StringBuilder();
    int copied = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        repaired.append(text, copied, i).append(REPLACEMENT);
        copied = i + 1;
      }
    }
    return copied == 0 ? text : repaired.append(text, copied, text.length()).toString();
  }
}
