package dev.loupe.tokenizer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.jr.ob.JSON;

/** Reads the fields of {@code tokenizer_config.json} that change token ids. */
final class TokenizerConfigJson {
  private TokenizerConfigJson() {}

  /** {@code added_tokens_decoder}: an object of id to token; none where it is absent. */
  static List<AddedToken> addedTokens(JsonParser parser, String subject) throws IOException {
    if (!(JSON.std.anyFrom(parser) instanceof Map<?, ?> config)) {
      throw TokenizerJson.malformed(subject, "an object", "something else");
    }
    if (Boolean.TRUE.equals(config.get("add_prefix_space"))) {
      throw SupportedPipeline.unsupported(subject + ": add_prefix_space", "false", "true");
    }
    List<AddedToken> tokens = new ArrayList<>();
    if (config.get("added_tokens_decoder") instanceof Map<?, ?> byId) {
      for (Map.Entry<?, ?> entry : byId.entrySet()) {
        tokens.add(
            AddedTokenJson.read(id((String) entry.getKey(), subject), entry.getValue(), subject));
      }
    }
    return tokens;
  }

  private static int id(String key, String subject) throws IOException {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw TokenizerJson.malformed(subject + ": added_tokens_decoder", "ids as keys", key);
    }
  }
}
