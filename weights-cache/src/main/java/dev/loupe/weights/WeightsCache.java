package dev.loupe.weights;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The weights of a model together with what was made of them: packed tensors, kept on disk from one
 * load to the next and mapped, not copied.
 *
 * <p>The file is named by the content of the source, the compute type, and the versions of layout
 * and format. Every byte of it is verified before the first one is used. A file that is damaged,
 * cut short or not Loupe's is built anew. Where a file can neither be used nor built (a read-only
 * folder, a full disk) the weights are packed in memory, as without a cache, and the listener is
 * warned once. Nothing about the cache makes a load fail, or changes a bit of a result.
 *
 * <pre>{@code
 * try (var weights = WeightsCache.open(files.openWeights(), folder, compute, backend, listener)) {
 *   ... new LayerLoader(weights, ...) ...
 *   weights.complete();
 * }
 * }</pre>
 */
public final class WeightsCache implements ModelWeights {

  /**
   * Smaller models are not kept, in bytes of weights: packing them takes less than a tenth of a
   * second, so a file would cost more to open and verify, and a folder to look after, than it
   * saves.
   */
  static final long SMALLEST = 64L << 20;

  private final ModelWeights source;
  private final CacheListener listener;
  private final Optional<PackedFile> kept;
  private Optional<PackedFileWriter> building;

  private WeightsCache(
      ModelWeights source,
      CacheListener listener,
      Optional<PackedFile> kept,
      Optional<PackedFileWriter> building) {
    this.source = source;
    this.listener = listener;
    this.kept = kept;
    this.building = building;
  }

  /**
   * Where caches lie by the rules of the XDG: {@code $XDG_CACHE_HOME/loupe}, or {@code
   * ~/.cache/loupe} if the variable is unset or not an absolute path.
   *
   * @param environment the variables of the process, or others
   * @param home the user's home folder
   */
  public static Path defaultFolder(Map<String, String> environment, Path home) {
    Path caches = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    return (caches.isAbsolute() ? caches : home.resolve(".cache")).resolve("loupe");
  }

  /**
   * Opens the cache of some weights, which become this object's.
   *
   * @param folder of the caches of all models, created if need be; empty: keep nothing
   * @param compute the type that weights are rounded to; F32 keeps the stored ones
   * @param backend whose threads verify; stays the caller's
   * @throws IOException if the source cannot be read, which is then closed
   */
  public static WeightsCache open(
      ModelWeights source,
      Optional<Path> folder,
      DType compute,
      Backend backend,
      CacheListener listener)
      throws IOException {
    try {
      return folder.isEmpty() || source.byteSize() < SMALLEST
          ? new WeightsCache(source, listener, Optional.empty(), Optional.empty())
          : new CacheOpening(folder.get(), listener, TemporaryFile::in)
              .open(source, compute, backend);
    } catch (IOException | RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  /** A cache that reads this file. */
  static WeightsCache reading(ModelWeights source, PackedFile file, CacheListener listener) {
    return new WeightsCache(source, listener, Optional.of(file), Optional.empty());
  }

  /** A cache that writes with this, if anything, what is packed. */
  static WeightsCache building(
      ModelWeights source, Optional<PackedFileWriter> writer, CacheListener listener) {
    return new WeightsCache(source, listener, Optional.empty(), writer);
  }

  /**
   * The file that is or would be opened, if that is known without reading the weights.
   *
   * @throws IOException if a file of the weights is gone
   */
  public static Optional<Path> file(ModelWeights source, Path folder, DType compute)
      throws IOException {
    return source.byteSize() < SMALLEST
        ? Optional.empty()
        : CacheName.known(source, folder, compute).map(name -> name.in(folder));
  }

  /** Whether the weights come from a file that an earlier load has left. */
  public boolean cached() {
    return kept.isPresent();
  }

  @Override
  public Optional<PackedTensor> packed(String name) {
    return kept.flatMap(file -> file.tensor(name));
  }

  @Override
  public void keep(String name, PackedTensor packed) {
    attempt(writer -> writer.add(name, packed));
  }

  /** Says that everything has been packed: a file that was being built is finished. */
  public void complete() {
    attempt(PackedFileWriter::commit);
    abandon();
  }

  private interface Step {
    void write(PackedFileWriter writer) throws IOException;
  }

  private void attempt(Step step) {
    if (building.isPresent()) {
      try {
        step.write(building.get());
      } catch (IOException e) {
        abandon();
        listener.warning(CacheOpening.inMemory(e));
      }
    }
  }

  private void abandon() {
    building.ifPresent(PackedFileWriter::close);
    building = Optional.empty();
  }

  @Override
  public void release(String name) {
    source.release(name);
  }

  @Override
  public Set<String> names() {
    return source.names();
  }

  @Override
  public long byteSize() {
    return source.byteSize();
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    return source.tensor(name);
  }

  @Override
  public String origin(String name) {
    return source.origin(name);
  }

  @Override
  public void close() {
    abandon();
    kept.ifPresent(PackedFile::close);
    source.close();
  }
}
