package dev.loupe.weights;

import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Optional;
import java.util.function.Function;

/**
 * A small model that is part of the program, its weights in one {@code model.safetensors} below 2
 * GiB.
 *
 * <p>The module that holds the resources passes the function that finds them, because resources of
 * a named module are hidden from others:
 *
 * <pre>{@code
 * new ModelResources("captioner",
 *     file -> Optional.ofNullable(Qwen2Vl.class.getResource("/captioner/" + file)));
 * }</pre>
 */
public final class ModelResources implements ModelFiles {
  private static final String WEIGHTS = "model.safetensors";

  private final String name;
  private final Function<String, Optional<URL>> resources;

  /**
   * A model of these resources.
   *
   * @param name of the model, for people
   * @param resources finds a file by its name, or says that there is none
   */
  public ModelResources(String name, Function<String, Optional<URL>> resources) {
    this.name = name;
    this.resources = resources;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String location() {
    return "built-in " + name;
  }

  @Override
  public boolean has(String file) {
    return resources.apply(file).isPresent();
  }

  @Override
  public InputStream open(String file) throws IOException {
    URL found =
        resources
            .apply(file)
            .orElseThrow(() ->
                new IOException(
                    ("%s: expected in the %s, found no such resource; the program is damaged, "
                            + "build or fetch it again")
                        .formatted(file, location())));
    return found.openStream();
  }

  /** Copies the weights into memory. */
  @Override
  public Checkpoint openWeights() throws IOException {
    try (InputStream in = open(WEIGHTS)) {
      return Checkpoint.of(SafetensorsFile.read(WEIGHTS, in));
    }
  }
}
