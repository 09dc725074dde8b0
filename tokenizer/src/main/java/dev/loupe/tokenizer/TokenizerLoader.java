package dev.loupe.tokenizer;

import dev.loupe.io.Json;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Finds the files of a tokenizer, reads them and checks that they fit together. */
final class TokenizerLoader {
  static final String TOKENIZER_JSON = "tokenizer.json";
  static final String VOCAB_JSON = "vocab.json";
  static final String MERGES_TXT = "merges.txt";
  static final String TOKENIZER_CONFIG_JSON = "tokenizer_config.json";

  /** In the order of their ids, 151643 to 151656 (Qwen2-VL's tokenizer_config.json). */
  private static final List<String> CONTROL_TOKENS =
      List.of(
          "<|endoftext|>",
          "<|im_start|>",
          "<|im_end|>",
          "<|object_ref_start|>",
          "<|object_ref_end|>",
          "<|box_start|>",
          "<|box_end|>",
          "<|quad_start|>",
          "<|quad_end|>",
          "<|vision_start|>",
          "<|vision_end|>",
          "<|vision_pad|>",
          "<|image_pad|>",
          "<|video_pad|>");

  /** Names are not interned: 150,000 tokens are names here, each seen once. */
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES).build();

  private final String source;
  private final TokenizerFiles files;

  TokenizerLoader(String source, TokenizerFiles files) {
    this.source = source;
    this.files = files;
  }

  Tokenizer load() throws IOException {
    Optional<BpeModel> json = readJson(TOKENIZER_JSON, TokenizerJson::read);
    BpeModel model = json.isPresent() ? json.get() : readVocabAndMerges();
    List<AddedToken> configured =
        readJson(TOKENIZER_CONFIG_JSON, TokenizerConfigJson::addedTokens).orElse(List.of());
    return build(model, configured);
  }

  private BpeModel readVocabAndMerges() throws IOException {
    Optional<Object2IntOpenHashMap<String>> vocab =
        readJson(VOCAB_JSON, TokenizerJson::readVocabulary);
    Optional<List<String>> merges = readMerges();
    if (vocab.isEmpty() || merges.isEmpty()) {
      String found = vocab.isPresent() ? "only " + VOCAB_JSON : "none of them";
      throw new IOException(
          source
              + ": expected tokenizer.json, or vocab.json and merges.txt, found "
              + (merges.isPresent() ? "only " + MERGES_TXT : found)
              + "; put the tokenizer files of the checkpoint there");
    }
    return new BpeModel(subject(VOCAB_JSON), vocab.get(), merges.get(), List.of());
  }

  private Optional<List<String>> readMerges() throws IOException {
    Optional<InputStream> opened = files.open(MERGES_TXT);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = opened.get()) {
      return Optional.of(MergesTxt.read(in, subject(MERGES_TXT)));
    }
  }

  private Tokenizer build(BpeModel model, List<AddedToken> configured) throws IOException {
    ByteLevelBpe bpe = new ByteLevelBpe(model.byteIds(), model.mergeRanks());
    TreeMap<Integer, AddedToken> added = new TreeMap<>();
    // The configuration comes last, because in transformers it overrides the flags of
    // tokenizer.json.
    for (List<AddedToken> tokens : List.of(model.addedTokens(), configured)) {
      for (AddedToken token : tokens) {
        AddedToken earlier = added.put(token.id(), token);
        if (earlier != null && !earlier.content().equals(token.content())) {
          throw contradiction(token, earlier.content());
        }
      }
    }
    if (added.isEmpty()) {
      controlTokensAfter(model.vocabulary()).forEach(token -> added.put(token.id(), token));
    }
    checkIdsAgree(model.vocabulary(), added.values());
    return new Tokenizer(new Vocabulary(model.vocabulary(), added.values()), bpe);
  }

  /** A control token that the vocabulary has already keeps its id. */
  private static List<AddedToken> controlTokensAfter(Object2IntOpenHashMap<String> vocabulary) {
    int next = 1 + vocabulary.values().intStream().max().orElse(-1);
    List<AddedToken> tokens = new ArrayList<>();
    for (String content : CONTROL_TOKENS) {
      boolean known = vocabulary.containsKey(content);
      tokens.add(AddedToken.control(known ? vocabulary.getInt(content) : next++, content));
    }
    return tokens;
  }

  private void checkIdsAgree(
      Object2IntOpenHashMap<String> vocabulary, Iterable<AddedToken> addedTokens)
      throws IOException {
    Int2ObjectOpenHashMap<String> entries = new Int2ObjectOpenHashMap<>(vocabulary.size());
    for (var entry : vocabulary.object2IntEntrySet()) {
      String earlier = entries.put(entry.getIntValue(), entry.getKey());
      if (earlier != null) {
        throw TokenizerJson.malformed(
            source + ": id " + entry.getIntValue(),
            "one token",
            "\"" + earlier + "\" and \"" + entry.getKey() + "\"");
      }
    }
    Object2IntOpenHashMap<String> addedIds = new Object2IntOpenHashMap<>();
    addedIds.defaultReturnValue(-1);
    for (AddedToken token : addedTokens) {
      String entry = entries.getOrDefault(token.id(), token.content());
      int id = vocabulary.getOrDefault(token.content(), token.id());
      int earlierId = addedIds.put(token.content(), token.id());
      if (!entry.equals(token.content())) {
        throw contradiction(token, entry);
      }
      if (id != token.id() || earlierId >= 0) {
        throw TokenizerJson.malformed(
            source + ": added token \"" + token.content() + "\"",
            "one id",
            (earlierId >= 0 ? earlierId : id) + " and " + token.id());
      }
    }
  }

  private IOException contradiction(AddedToken token, String other) {
    return TokenizerJson.malformed(
        source + ": id " + token.id(),
        "one token",
        "\"" + other + "\" and the added token \"" + token.content() + "\"");
  }

  private interface Reader<T> {
    T read(JsonParser parser, String subject) throws IOException;
  }

  private <T> Optional<T> readJson(String name, Reader<T> reader) throws IOException {
    Optional<InputStream> opened = files.open(name);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = opened.get();
        JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
      T content = reader.read(parser, subject(name));
      if (parser.nextToken() != null) {
        throw TokenizerJson.malformed(subject(name), "one object", "more text after its end");
      }
      return Optional.of(content);
    } catch (JacksonException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      // An exceeded limit has no location.
      String place =
          Optional.ofNullable(e.getLocation())
              .map(l -> " at line " + l.getLineNr() + ", column " + l.getColumnNr())
              .orElse("");
      throw TokenizerJson.malformed(
          subject(name), "JSON", Json.inWords(e.getOriginalMessage()) + place);
    }
  }

  private String subject(String name) {
    return name + " in " + source;
  }
}
