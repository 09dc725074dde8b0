package dev.loupe.tokenizer;

import java.io.IOException;
import java.util.Map;

/** An added token as {@code tokenizer.json} and {@code tokenizer_config.json} write it. */
final class AddedTokenJson {
  private AddedTokenJson() {}

  /** From the object that has its id among its fields. */
  static AddedToken read(Object json, String subject) throws IOException {
    if (json instanceof Map<?, ?> fields && fields.get("id") instanceof Integer id) {
      return read(id, json, subject);
    }
    throw TokenizerJson.malformed(subject + ": added token", "an object with an id", "" + json);
  }

  static AddedToken read(int id, Object json, String subject) throws IOException {
    String what = subject + ": added token " + id;
    if (id < 0 || id > AddedToken.MAX_ID) {
      throw TokenizerJson.malformed(what, AddedToken.IDS, "" + id);
    }
    if (!(json instanceof Map<?, ?> fields)
        || !(fields.get("content") instanceof String content)
        || content.isEmpty()) {
      throw TokenizerJson.malformed(what, "an object with a content", "" + json);
    }
    for (String flag : new String[] {"single_word", "lstrip", "rstrip"}) {
      if (Boolean.TRUE.equals(fields.get(flag))) {
        throw SupportedPipeline.unsupported(what + ", " + flag, "false", "true");
      }
    }
    boolean special = Boolean.TRUE.equals(fields.get("special"));
    boolean normalized = fields.get("normalized") instanceof Boolean explicit ? explicit : !special;
    return new AddedToken(id, content, special, normalized);
  }
}
