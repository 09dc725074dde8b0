package dev.loupe.engine;

import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The built-in model with other files here and there. */
final class ChangedModel implements ModelFiles {
  private final Map<String, Optional<byte[]>> changed = new HashMap<>();

  /** Puts a file in place of the model's, or beside them. */
  ChangedModel with(String file, String content) {
    return with(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The same of bytes. */
  ChangedModel with(String file, byte[] content) {
    changed.put(file, Optional.of(content));
    return this;
  }

  /** Takes a file away. */
  ChangedModel without(String file) {
    changed.put(file, Optional.empty());
    return this;
  }

  /** The text of a file of the built-in model. */
  static String text(String file) throws IOException {
    try (InputStream in = BuiltInModel.files().open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public String name() {
    return "changed";
  }

  @Override
  public String location() {
    return "changed";
  }

  @Override
  public boolean has(String file) {
    return changed.getOrDefault(file, Optional.empty()).isPresent()
        || !changed.containsKey(file) && BuiltInModel.files().has(file);
  }

  @Override
  public InputStream open(String file) throws IOException {
    if (!has(file)) {
      throw new IOException(file + ": expected in changed, found no such file");
    }
    return changed.containsKey(file)
        ? new ByteArrayInputStream(changed.get(file).orElseThrow())
        : BuiltInModel.files().open(file);
  }

  @Override
  public ModelWeights openWeights() throws IOException {
    try (InputStream in = open("model.safetensors")) {
      return Checkpoint.of(SafetensorsFile.read("model.safetensors", in));
    }
  }
}
