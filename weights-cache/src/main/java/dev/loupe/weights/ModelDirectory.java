package dev.loupe.weights;

import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** A model in a folder, as published or as saved by transformers. */
public final class ModelDirectory implements ModelFiles {
  private static final String CONFIG = "config.json";
  private static final String DEFAULT_REVISION = "main";

  private final String name;
  private final Path folder;

  private ModelDirectory(String name, Path folder) {
    this.name = name;
    this.folder = folder;
  }

  /**
   * The model in this folder, which must hold a {@code config.json}.
   *
   * @throws IOException if it does not
   */
  public static ModelDirectory of(Path folder) throws IOException {
    Path fileName = folder.toAbsolutePath().normalize().getFileName();
    return checked(fileName == null ? folder.toString() : fileName.toString(), folder);
  }

  /**
   * The model in the folder {@code model} or, if there is none, of the repository {@code
   * org/name[@revision]} in the cache.
   *
   * @throws IOException if neither exists, or its {@code config.json} is missing
   */
  public static ModelDirectory resolve(String model, HuggingFaceCache cache) throws IOException {
    Optional<Path> path = path(model);
    if (path.filter(Files::exists).isPresent()) {
      return of(path.get());
    }
    int at = model.indexOf('@');
    String repository = at < 0 ? model : model.substring(0, at);
    String revision = at < 0 ? DEFAULT_REVISION : model.substring(at + 1);
    if (HuggingFaceCache.isRepository(repository) && !revision.isBlank()) {
      return checked(model, cache.snapshot(repository, revision));
    }
    throw new IOException(
        ("%s: expected a model folder, or org/name[@revision] in the Hugging Face cache %s, "
                + "found no such folder; give the folder that holds config.json")
            .formatted(model, cache.root()));
  }

  private static Optional<Path> path(String model) {
    try {
      return model.isBlank() ? Optional.empty() : Optional.of(Path.of(model));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static ModelDirectory checked(String name, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "%s: expected a model folder, found %s; give the folder that holds config.json"
              .formatted(folder, Files.exists(folder) ? "a file" : "nothing of this name"));
    }
    if (!Files.exists(folder.resolve(CONFIG))) {
      throw new IOException(
          "%s: expected %s, found none in this folder; %s"
              .formatted(folder, CONFIG, withoutConfig(folder)));
    }
    return new ModelDirectory(name, folder);
  }

  private static String withoutConfig(Path folder) {
    if (Adapter.FILES.stream().anyMatch(file -> exists(folder.resolve(file)))) {
      return Adapter.IN_PLACE_OF_A_MODEL;
    }
    return Files.isDirectory(folder.resolve("snapshots"))
        ? "this is a repository of the Hugging Face cache, give org/name or one of the folders in "
            + "snapshots"
        : "give the folder of a Qwen2-VL checkpoint with all its files";
  }

  /** Also of a link to nothing, which must be an error and not the absence of a file. */
  private static boolean exists(Path file) {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String location() {
    return folder.toString();
  }

  @Override
  public boolean has(String file) {
    return exists(folder.resolve(file));
  }

  @Override
  public InputStream open(String file) throws IOException {
    if (!has(file)) {
      throw new IOException(
          "%s: expected in %s, found no such file; copy it from the model's repository"
              .formatted(file, folder));
    }
    return RegularFile.inputStream(folder.resolve(file));
  }

  /** Opens the checkpoint of the folder; see {@link Checkpoint#open}. */
  @Override
  public Checkpoint openWeights() throws IOException {
    return Checkpoint.open(folder);
  }
}
