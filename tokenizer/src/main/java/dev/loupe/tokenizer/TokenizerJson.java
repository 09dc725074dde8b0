package dev.loupe.tokenizer;

import dev.loupe.io.Printable;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.jr.ob.JSON;

/**
 * Reads {@code tokenizer.json} of the tokenizers library in one pass: vocabulary and merges, 7 MB
 * in the published checkpoints, go straight into their lists; the rest is small and becomes a tree.
 */
final class TokenizerJson {
  /** Characters of what was found that a message shows. */
  private static final int SHOWN = 200;

  /** What null becomes. */
  private static final Map<String, Object> NOTHING = Map.of();

  private final JsonParser parser;
  private final String subject;
  private final Map<String, Object> settings = new HashMap<>();
  private final Map<String, Object> modelSettings = new HashMap<>();
  private Object2IntOpenHashMap<String> vocabulary = new Object2IntOpenHashMap<>();
  private Optional<List<String>> merges = Optional.empty();

  private TokenizerJson(JsonParser parser, String subject) {
    this.parser = parser;
    this.subject = subject;
  }

  static BpeModel read(JsonParser parser, String subject) throws IOException {
    return new TokenizerJson(parser, subject).read();
  }

  /** The object token to id that {@code vocab.json} consists of. */
  static Object2IntOpenHashMap<String> readVocabulary(JsonParser parser, String subject)
      throws IOException {
    TokenizerJson reader = new TokenizerJson(parser, subject);
    parser.nextToken();
    reader.readVocabulary();
    return reader.vocabulary;
  }

  private BpeModel read() throws IOException {
    parser.nextToken();
    expect(JsonToken.START_OBJECT, "the file", "an object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "model" -> {
          putOnce(settings, name, Map.of());
          readModel();
        }
        case "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder" ->
            putOnce(settings, name, tree());
        default -> parser.skipChildren();
      }
    }
    SupportedPipeline.check(settings, modelSettings, subject);
    List<String> mergeList =
        merges.orElseThrow(() -> malformed(subject + ": model.merges", "a list", "nothing"));
    List<AddedToken> added = new ArrayList<>();
    Object tokens = settings.getOrDefault("added_tokens", NOTHING);
    if (tokens != NOTHING && !(tokens instanceof List<?>)) {
      throw malformed(subject + ": added_tokens", "a list", "something else");
    }
    if (tokens instanceof List<?> list) {
      for (Object token : list) {
        added.add(AddedTokenJson.read(token, subject));
      }
    }
    return new BpeModel(subject, vocabulary, mergeList, added);
  }

  private void readModel() throws IOException {
    expect(JsonToken.START_OBJECT, "model", "an object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      // Another model's vocabulary has another form; its type is what the error should speak of.
      if (name.equals("vocab") && parser.currentToken() == JsonToken.START_OBJECT) {
        readVocabulary();
      } else if (name.equals("merges") && parser.currentToken() == JsonToken.START_ARRAY) {
        readMerges();
      } else {
        putOnce(modelSettings, name, tree());
      }
    }
  }

  private void putOnce(Map<String, Object> fields, String name, Object value) throws IOException {
    if (fields.put(name, value) != null) {
      throw malformed(subject + ": " + name, "it once", "it twice");
    }
  }

  private void readVocabulary() throws IOException {
    expect(JsonToken.START_OBJECT, "vocabulary", "an object of token to id");
    vocabulary = new Object2IntOpenHashMap<>();
    vocabulary.defaultReturnValue(-1);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String token = parser.currentName();
      parser.nextToken();
      expect(JsonToken.VALUE_NUMBER_INT, "token \"" + token + "\"", "an id");
      int id = parser.getIntValue();
      if (id < 0 || id > AddedToken.MAX_ID) {
        throw malformed(subject + ": token \"" + token + "\"", AddedToken.IDS, "" + id);
      }
      if (vocabulary.put(token, id) >= 0) {
        throw malformed(subject + ": token \"" + token + "\"", "one id", "two");
      }
    }
  }

  /** Both forms: {@code "a b"} and, in newer files, {@code ["a", "b"]}. */
  private void readMerges() throws IOException {
    List<String> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String which = "merge " + list.size() / 2;
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        for (int i = 0; i < 2; i++) {
          parser.nextToken();
          expect(JsonToken.VALUE_STRING, which, "two tokens");
          list.add(parser.getString());
        }
        parser.nextToken();
        expect(JsonToken.END_ARRAY, which, "two tokens");
      } else {
        expect(JsonToken.VALUE_STRING, which, "two tokens");
        MergesTxt.split(parser.getString(), subject + ": " + which, list);
      }
    }
    merges = Optional.of(list);
  }

  private Object tree() {
    return parser.currentToken() == JsonToken.VALUE_NULL ? NOTHING : JSON.std.anyFrom(parser);
  }

  private void expect(JsonToken token, String what, String expected) throws IOException {
    if (parser.currentToken() != token) {
      String found = parser.currentToken() == null ? "the end of the file" : parser.getString();
      throw malformed(subject + ": " + what, expected, found);
    }
  }

  /** An error in the form subject, expected, found, remedy. */
  static IOException malformed(String subject, String expected, String found) {
    String shown = found.length() <= SHOWN ? found : found.substring(0, SHOWN) + "...";
    return new IOException(
        Printable.escape(
            subject
                + ": expected "
                + expected
                + ", found "
                + shown
                + "; fetch the tokenizer files of the checkpoint again"));
  }
}
