package dev.loupe.weights.cache;

import dev.loupe.io.UserHome;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The weights of a model and their packed form: packed tensors, kept on disk from one load to the
 * next and mapped, not copied.
 *
 * <p>The file is named by the content of the source, the compute type, and the versions of layout
 * and format. Every byte of it is verified before the first one is used. A file that is damaged,
 * cut short or not Loupe's is built anew. Where a file can neither be used nor built (a read-only
 * folder, a full disk) the weights are packed in memory, as without a cache, and the listener is
 * warned once. Nothing about the cache makes a load fail ({@link CacheGuard}), or changes a bit of
 * a result.
 *
 * <p>A new file is written while the model already answers. Close the cache before the memory of
 * what was packed: the close waits for the disk.
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
   * second, so a file would cost more than it saves.
   */
  static final long SMALLEST = 64L << 20;

  private final ModelWeights source;
  private final CacheGuard guard;
  private final Optional<PackedFile> kept;
  private final Optional<CacheBuilder> builder;

  /**
   * A cache of its parts.
   *
   * @param source becomes this object's
   * @param guard handles every failure
   * @param kept the file to read, if there is one
   * @param builder writes what is packed, if anything does
   */
  WeightsCache(
      ModelWeights source,
      CacheGuard guard,
      Optional<PackedFile> kept,
      Optional<CacheBuilder> builder) {
    this.source = source;
    this.guard = guard;
    this.kept = kept;
    this.builder = builder;
  }

  /**
   * Where caches lie by the rules of the XDG: {@code $XDG_CACHE_HOME/loupe}, or {@code
   * ~/.cache/loupe} if the variable is unset or not an absolute path. {@code HOME} says where the
   * home folder is; where it is unset, Java does.
   *
   * @param environment the variables of the process, or others
   */
  public static Path defaultFolder(Map<String, String> environment) {
    return defaultFolder(environment, UserHome.of(environment));
  }

  /** The same of a user with this home folder. */
  static Path defaultFolder(Map<String, String> environment, Path home) {
    Path caches = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    return (caches.isAbsolute() ? caches : home.resolve(".cache")).resolve("loupe");
  }

  /**
   * Opens the cache of some weights, which become this object's.
   *
   * @param folder of the caches of all models, created if need be; empty: keep nothing
   * @param compute the type that weights are rounded to; F32 keeps the stored ones
   * @param backend whose threads verify; stays the caller's
   */
  public static WeightsCache open(
      ModelWeights source,
      Optional<Path> folder,
      DType compute,
      Backend backend,
      CacheListener listener) {
    return open(source, folder, compute, WeightTypes.AS_STORED, backend, listener);
  }

  /**
   * The same for weights of which some parts are integers.
   *
   * @param types which parts; a file of another choice is never read
   */
  public static WeightsCache open(
      ModelWeights source,
      Optional<Path> folder,
      DType compute,
      WeightTypes types,
      Backend backend,
      CacheListener listener) {
    return folder.isEmpty() || !keeps(source)
        ? none(source)
        : new CacheOpening(new CacheFolder(folder.get()), listener)
            .open(source, compute, types, backend);
  }

  /** A cache that keeps nothing. */
  static WeightsCache none(ModelWeights source) {
    CacheGuard guard = new CacheGuard(message -> {});
    return new WeightsCache(source, guard, Optional.empty(), Optional.empty());
  }

  /**
   * The file that is or would be opened, if that is known without reading the weights.
   *
   * @throws IOException if a file of the weights is gone
   */
  public static Optional<Path> file(
      ModelWeights source, Path folder, DType compute, WeightTypes types) throws IOException {
    return keeps(source)
        ? CacheName.known(source, folder, compute, types).map(name -> name.in(folder))
        : Optional.empty();
  }

  /**
   * How large the packed weights are, but for tensors that the model does not load.
   *
   * @throws IOException if a file of the weights is gone, or a part of a quantised layer that tells
   *     how it is packed cannot be read
   */
  public static long size(ModelWeights source, DType compute, WeightTypes types)
      throws IOException {
    long bytes = 0;
    for (String name : source.names()) {
      StoredTensor tensor = source.stored(name);
      if (tensor.type().dtype().isPresent()) { // A model loads none of another type.
        bytes += PackedTensor.bytes(tensor.shape(), packedType(source, name, compute, types));
      }
    }
    return bytes;
  }

  /**
   * The type of the elements of a matrix when it is packed: integers that are asked for, else those
   * that are stored, else the compute type or the stored one.
   *
   * @throws IOException as {@link #size}
   */
  public static DType packedType(ModelWeights source, String name, DType compute, WeightTypes types)
      throws IOException {
    StoredTensor tensor = source.stored(name);
    Optional<QuantisedType> integers = types.of(name, tensor.shape());
    if (integers.isEmpty() && compute == DType.F32) {
      integers = source.integers(name, tensor.shape()).map(StoredIntegers::type);
    }
    DType unquantised = compute == DType.F32 ? tensor.type().dtype().orElse(DType.F32) : compute;
    return integers.map(QuantisedType::storage).orElse(unquantised);
  }

  /** Whether the weights are large enough to be kept. */
  public static boolean keeps(ModelWeights source) {
    return source.byteSize() >= SMALLEST;
  }

  /** Whether the weights come from a file that an earlier load has left. */
  public boolean cached() {
    return kept.isPresent();
  }

  @Override
  public Optional<PackedTensor> packed(String name) {
    return kept.flatMap(file -> file.tensor(name));
  }

  /** Copied on another thread: the memory must stay what it is until this cache is closed. */
  @Override
  public void keep(String name, PackedTensor packed) {
    builder.ifPresent(b -> b.add(name, packed));
  }

  /**
   * Says that everything has been packed: a file that is being built will be finished, unless the
   * source was changed meanwhile. Does not wait for it.
   */
  public void complete() {
    builder.ifPresent(b -> guard.attempt(() -> complete(b)));
  }

  /** A file that is never completed is removed by the close. */
  private boolean complete(CacheBuilder builder) throws IOException {
    source.requireUnchanged();
    builder.complete();
    return true;
  }

  /**
   * Waits until a file that is being built is on the disk, so that a measurement is not disturbed.
   * A file that was not {@linkplain #complete completed} is removed.
   */
  public void settle() {
    builder.ifPresent(b -> guard.attempt(() -> closed(b)));
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
  public void requireUnchanged() throws IOException {
    source.requireUnchanged();
  }

  @Override
  public long byteSize() {
    return source.byteSize();
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    return source.stored(name);
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    return source.tensor(name);
  }

  @Override
  public Tensor tensor(String name, Shape expected) throws IOException {
    return source.tensor(name, expected);
  }

  @Override
  public Optional<StoredIntegers> integers(String name, Shape expected) throws IOException {
    return source.integers(name, expected);
  }

  @Override
  public LinearLayout layout(String layer) throws IOException {
    return source.layout(layer);
  }

  @Override
  public String origin(String name) {
    return source.origin(name);
  }

  /**
   * Frees the memory. Waits until a file that is being built is on the disk, unless the thread is
   * interrupted; a file that was not {@linkplain #complete completed} is removed.
   */
  @Override
  public void close() {
    settle();
    kept.ifPresent(file -> guard.attempt(() -> closed(file)));
    source.close();
  }

  private static boolean closed(CacheBuilder builder) {
    builder.close();
    return true;
  }

  private static boolean closed(PackedFile file) {
    file.close();
    return true;
  }
}
