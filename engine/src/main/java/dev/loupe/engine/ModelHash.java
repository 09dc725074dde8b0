package dev.loupe.engine;

import dev.loupe.io.Sha256;
import dev.loupe.tokenizer.TokenizerFiles;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsHash;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The content of a model in one hash, equal on all machines: of the weights and the integers that
 * they are rounded to, and of every other file that an answer depends on. Names of folders and
 * times of files do not enter.
 */
public final class ModelHash {

  private static final String WEIGHTS = "model.safetensors";

  private static final List<String> SETTINGS =
      List.of(
          "config.json",
          "generation_config.json",
          "processor_config.json",
          "preprocessor_config.json");

  private static final List<String> TOKENIZER =
      List.of("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt");

  private ModelHash() {}

  /**
   * The SHA-256 of a model in 64 digits. Reads the weights once, if no earlier load remembers their
   * hash in the cache folder; of a file in the Hugging Face cache the name is believed.
   *
   * @param files of the model
   * @param options with the tokenizer's folder, the cache folder, and who gets the progress
   * @throws IOException if a file cannot be read
   */
  public static String of(ModelFiles files, LoadOptions options) throws IOException {
    TokenizerFiles own = name -> files.has(name) ? Optional.of(files.open(name)) : Optional.empty();
    StringBuilder text = new StringBuilder("model\n");
    append(text, own, SETTINGS);
    append(text, options.tokenizer().map(TokenizerFiles::in).orElse(own), TOKENIZER);
    if (!options.weights().asStored()) {
      text.append("weights ").append(options.weights()).append('\n');
    }
    text.append(weights(files, own, options));
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void append(StringBuilder text, TokenizerFiles files, List<String> names)
      throws IOException {
    for (String name : names) {
      Optional<InputStream> file = files.open(name);
      if (file.isPresent()) {
        try (InputStream in = file.get()) {
          text.append(name).append(' ').append(Sha256.hex(in)).append('\n');
        }
      }
    }
  }

  private static String weights(ModelFiles files, TokenizerFiles own, LoadOptions options)
      throws IOException {
    try (ModelWeights weights = files.openWeights()) {
      Optional<String> hash = WeightsHash.of(weights, options.cache(), options.listener());
      if (hash.isPresent()) {
        return hash.get();
      }
    }
    // A model that is part of the program has its weights in one file.
    StringBuilder text = new StringBuilder();
    append(text, own, List.of(WEIGHTS));
    return text.toString();
  }
}
