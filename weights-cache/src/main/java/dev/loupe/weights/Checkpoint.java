package dev.loupe.weights;

import dev.loupe.io.Printable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.safetensors.SafetensorsFile;
import dev.loupe.weights.safetensors.SafetensorsHeader;
import dev.loupe.weights.safetensors.SafetensorsIndex;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The weights of a model folder, in one safetensors file or in many, under their published names.
 *
 * <p>As in transformers, {@code model.safetensors} comes first, then {@code
 * model.safetensors.index.json} with the shards it names; a folder with neither is read as the sum
 * of its {@code *.safetensors} files, without those of an {@link Adapter}.
 */
public final class Checkpoint implements ModelWeights {
  private static final String SINGLE = "model.safetensors";
  private static final String SUFFIX = ".safetensors";
  private static final Pattern SHARD = Pattern.compile("(.*-)(\\d{1,9})-of-(\\d{1,9})(\\..*)");

  private final String location;
  private final List<SafetensorsFile> files;
  private final Map<String, Stored> tensors = new LinkedHashMap<>();

  private record Stored(String name, SafetensorsFile file) {}

  private Checkpoint(String location, List<SafetensorsFile> files) {
    this.location = location;
    this.files = List.copyOf(files);
  }

  /**
   * Opens the checkpoint in a folder.
   *
   * @throws IOException if the folder holds no safetensors file, a shard is missing, a file is
   *     refused (see {@link SafetensorsHeader#read}), the index names a tensor that its shard does
   *     not hold, or two stored tensors have one name
   */
  public static Checkpoint open(Path folder) throws IOException {
    if (Files.exists(folder.resolve(SINGLE))) {
      return openAll(folder, List.of(SINGLE));
    }
    Path index = folder.resolve(SafetensorsIndex.FILE);
    if (Files.exists(index)) {
      return openIndexed(folder, SafetensorsIndex.read(index));
    }
    SortedSet<String> names = list(folder);
    if (names.isEmpty()) {
      throw new IOException(ForeignWeights.explain(folder));
    }
    Set<String> expected = new TreeSet<>(names);
    names.forEach(n -> expected.addAll(series(n)));
    requireShards(folder, expected, "the numbers in the names of the others");
    return openAll(folder, names);
  }

  /**
   * The checkpoint in one file that is open already; closing the checkpoint closes the file.
   *
   * @throws IOException if two stored tensors have one name; the file is then closed
   */
  public static Checkpoint of(SafetensorsFile file) throws IOException {
    Checkpoint checkpoint = new Checkpoint(file.name(), List.of(file));
    checkpoint.addAll();
    return checkpoint;
  }

  private static Checkpoint openAll(Path folder, Collection<String> names) throws IOException {
    Checkpoint checkpoint = new Checkpoint(folder.toString(), openFiles(folder, names));
    checkpoint.addAll();
    return checkpoint;
  }

  private static Checkpoint openIndexed(Path folder, SafetensorsIndex index) throws IOException {
    requireShards(folder, index.shards(), SafetensorsIndex.FILE);
    Checkpoint checkpoint = new Checkpoint(folder.toString(), openFiles(folder, index.shards()));
    try {
      Map<String, SafetensorsFile> byName =
          checkpoint.files.stream().collect(Collectors.toMap(SafetensorsFile::name, f -> f));
      for (Map.Entry<String, String> e : index.weightMap().entrySet()) {
        SafetensorsFile shard = byName.get(e.getValue());
        if (!shard.entries().containsKey(e.getKey())) {
          throw new IOException(
              ("%s: expected in %s according to %s, found only %d other tensors there; "
                      + "index and shards are of different checkpoints, fetch them again")
                  .formatted(
                      Printable.escape(e.getKey()),
                      Printable.escape(shard.name()),
                      SafetensorsIndex.FILE,
                      shard.entries().size()));
        }
      }
      for (SafetensorsFile shard : checkpoint.files) {
        for (String stored : shard.entries().keySet()) {
          if (shard.name().equals(index.weightMap().get(stored))) {
            checkpoint.add(stored, shard);
          }
        }
      }
      return checkpoint;
    } catch (IOException e) {
      checkpoint.close();
      throw e;
    }
  }

  private static List<SafetensorsFile> openFiles(Path folder, Collection<String> names)
      throws IOException {
    List<SafetensorsFile> opened = new ArrayList<>();
    try {
      for (String name : names) {
        opened.add(SafetensorsFile.open(folder.resolve(name)));
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static SortedSet<String> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .map(p -> p.getFileName().toString())
          .filter(n -> n.endsWith(SUFFIX) && !Adapter.FILES.contains(n))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** All names of the series to which {@code model-00001-of-00005.safetensors} belongs. */
  private static List<String> series(String name) {
    Matcher m = SHARD.matcher(name);
    List<String> names = new ArrayList<>();
    if (m.matches()) {
      int digits = m.group(2).length();
      // A series of more than 10,000 files is a mistake; the largest published checkpoint has 38.
      int count = Math.min(Integer.parseInt(m.group(3)), 10_000);
      for (int i = 1; i <= count; i++) {
        String number = Integer.toString(i); // In the digits of ASCII, whatever the language.
        String padded = "0".repeat(Math.max(0, digits - number.length())) + number;
        names.add(m.group(1) + padded + "-of-" + m.group(3) + m.group(4));
      }
    }
    return names;
  }

  private static void requireShards(Path folder, Set<String> expected, String reason)
      throws IOException {
    List<String> missing =
        expected.stream().filter(n -> !Files.exists(folder.resolve(n))).sorted().toList();
    if (!missing.isEmpty()) {
      throw new IOException(
          ("%s: expected in %s according to %s, found no such file (%d of %d files missing); "
                  + "the download is incomplete, fetch it again")
              .formatted(
                  Printable.escape(missing.getFirst()),
                  folder,
                  reason,
                  missing.size(),
                  expected.size()));
    }
  }

  private void addAll() throws IOException {
    try {
      for (SafetensorsFile file : files) {
        for (String stored : file.entries().keySet()) {
          add(stored, file);
        }
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void add(String stored, SafetensorsFile file) throws IOException {
    String name = CheckpointNames.canonical(stored);
    Stored other = tensors.putIfAbsent(name, new Stored(stored, file));
    if (other != null) {
      throw new IOException(
          Printable.escape(
              ("%s: expected once, found as %s in %s and as %s in %s; "
                      + "keep the files of one checkpoint only in %s")
                  .formatted(
                      name, other.name(), other.file().name(), stored, file.name(), location)));
    }
  }

  /** The files, in the order in which their tensors are listed. */
  public List<SafetensorsFile> files() {
    return files;
  }

  /** The name under which the file holds tensor {@code name}; {@code name} if none does. */
  public String storedName(String name) {
    Stored stored = tensors.get(name);
    return stored == null ? name : stored.name();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long byteSize() {
    return tensors.values().stream().mapToLong(t -> t.file().byteSize(t.name())).sum();
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    Stored stored = required(name);
    SafetensorsHeader.Entry entry = stored.file().entries().get(stored.name());
    return new StoredTensor(entry.type(), entry.shape(), stored.file().name());
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    Stored stored = required(name);
    return stored.file().tensor(stored.name());
  }

  private Stored required(String name) throws IOException {
    Stored stored = tensors.get(name);
    if (stored == null) {
      throw new IOException(
          "%s: expected in %s, found only %d other tensors"
              .formatted(name, location, tensors.size()));
    }
    return stored;
  }

  /** Ends the mapping of the tensor. The next call that asks for the tensor maps it again. */
  @Override
  public void release(String name) {
    Stored stored = tensors.get(name);
    if (stored != null) {
      stored.file().release(stored.name());
    }
  }

  @Override
  public String origin(String name) {
    Stored stored = tensors.get(name);
    return stored == null ? location : stored.file().name();
  }

  @Override
  public void requireUnchanged() throws IOException {
    for (SafetensorsFile file : files) {
      file.requireUnchanged();
    }
  }

  /** By the content of its files, and by which tensor is taken from which. */
  @Override
  public Optional<String> identity(FileContent content) throws IOException {
    StringBuilder text = new StringBuilder("safetensors");
    for (SafetensorsFile file : files) {
      if (file.path().isEmpty()) {
        return Optional.empty();
      }
      text.append('\n').append(file.name()).append(' ').append(content.of(file.path().get()));
    }
    tensors.forEach((name, t) ->
        text.append('\n')
            .append(name)
            .append(' ')
            .append(t.file().name())
            .append(' ')
            .append(t.name()));
    return Optional.of(text.toString());
  }

  @Override
  public Optional<DType> dtype() {
    Set<StoredType> types =
        tensors.values().stream()
            .map(t -> t.file().entries().get(t.name()).type())
            .collect(Collectors.toSet());
    return types.size() == 1 ? types.iterator().next().dtype() : Optional.empty();
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
