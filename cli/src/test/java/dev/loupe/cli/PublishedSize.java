package dev.loupe.cli;

import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.engine.synthetic.SyntheticShape;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import dev.loupe.weights.safetensors.StoredType;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The published checkpoints: folders with their tensors by name, their shards and their index, and
 * the captioner's tokenizer, which is smaller than any vocabulary here. Names follow in order of
 * the alphabet, and a shard ends where the next tensor would exceed the limit.
 */
enum PublishedSize {
  B2("synthetic:2b", 3_980_000_000L, 2, 32, 1024),
  B7("synthetic:7b", 3_980_000_000L, 5, 32, 448),
  B72(
      "synthetic:7b:hidden=8192:intermediate=29568:layers=80:heads=64:kv_heads=8",
      4_100_000_000L,
      38,
      8,
      32);

  private static final int SMALL_VOCAB = 464;
  private static final int SMALL_VISION = 128;

  private final SequencedMap<String, Shape> tensors;
  private final SyntheticShape full;
  private final long limit;
  private final int shards;
  private final int headDim;
  private final int intermediate;

  PublishedSize(String name, long limit, int shards, int headDim, int intermediate) {
    SyntheticModel model = new SyntheticModel(name);
    this.tensors = tensors(model);
    this.full = model.shape();
    this.limit = limit;
    this.shards = shards;
    this.headDim = headDim;
    this.intermediate = intermediate;
  }

  int shards() {
    return shards;
  }

  private static SequencedMap<String, Shape> tensors(SyntheticModel model) {
    try {
      return model.definition().tensors();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int tensors() {
    return tensors.size();
  }

  long bytes() {
    return tensors.values().stream().mapToLong(PublishedSize::bytes).sum();
  }

  private static long bytes(Shape shape) {
    return shape.elements() * Short.BYTES;
  }

  /**
   * All layers and shards at small widths, with values by rule: about 100 MB, more than the
   * smallest model of which packed weights are kept.
   */
  Path writeSmall(Path folder) throws IOException {
    for (var shard : partition(folder).entrySet()) {
      SequencedMap<String, Shape> small = new LinkedHashMap<>();
      shard.getValue().forEach((name, shape) -> small.put(name, shrunk(shape)));
      try (SyntheticWeights weights = new SyntheticWeights(small, 1)) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
          tensors.put(name, weights.tensor(name));
        }
        SafetensorsWriter.write(folder.resolve(shard.getKey()), tensors, Map.of("format", "pt"));
      }
    }
    Fixtures.edit(
        folder.resolve("config.json"),
        json -> {
          sizes(json, full.heads() * headDim, intermediate, SMALL_VOCAB, SMALL_VISION);
          int eighth = headDim / 8;
          rope(json, List.of(eighth, eighth, 2 * eighth));
        });
    return folder;
  }

  /**
   * All of it at its real size: zeros, which take no room where files may have holes.
   *
   * @throws IOException also where they may not
   */
  Path writeSparse(Path folder) throws IOException {
    for (var shard : partition(folder).entrySet()) {
      SequencedMap<String, StoredTensor> stored = new LinkedHashMap<>();
      shard
          .getValue()
          .forEach((name, shape) ->
              stored.put(name, new StoredTensor(StoredType.BF16, shape, shard.getKey())));
      SparseFile.write(folder.resolve(shard.getKey()), stored);
    }
    Fixtures.edit(
        folder.resolve("config.json"),
        json -> {
          sizes(json, full.hiddenSize(), full.intermediateSize(), full.vocab(), full.embedDim());
          rope(json, List.of(16, 24, 24));
        });
    return folder;
  }

  /** The small files, the index, and which tensors, at their real size, are in which shard. */
  private SequencedMap<String, SequencedMap<String, Shape>> partition(Path folder)
      throws IOException {
    Fixtures.modelIn(folder);
    Files.delete(folder.resolve("model.safetensors"));
    SequencedMap<String, SequencedMap<String, Shape>> files = new LinkedHashMap<>();
    Map<String, String> index = new LinkedHashMap<>();
    long used = limit;
    for (var tensor : new TreeMap<>(tensors).entrySet()) {
      long bytes = bytes(tensor.getValue());
      if (used + bytes > limit) {
        used = 0;
        String name = "model-%05d-of-%05d.safetensors".formatted(files.size() + 1, shards);
        files.put(name, new LinkedHashMap<>());
      }
      used += bytes;
      files.lastEntry().getValue().put(tensor.getKey(), tensor.getValue());
      index.put(tensor.getKey(), files.lastEntry().getKey());
    }
    if (files.size() != shards) {
      throw new IllegalStateException(this + ": expected " + shards + ", found " + files.size());
    }
    Path file = folder.resolve("model.safetensors.index.json");
    Files.writeString(file, "{}");
    Fixtures.edit(
        file,
        json -> {
          json.put("metadata", Map.of("total_size", bytes()));
          json.put("weight_map", index);
        });
    return files;
  }

  private Shape shrunk(Shape shape) {
    return Shape.of(Arrays.stream(shape.toArray()).map(this::shrunk).toArray());
  }

  private long shrunk(long dim) {
    if (dim == full.hiddenSize()) {
      return (long) full.heads() * headDim;
    }
    if (dim == (long) full.kvHeads() * full.headDim()) {
      return (long) full.kvHeads() * headDim;
    }
    if (dim == full.intermediateSize()) {
      return intermediate;
    }
    if (dim == full.vocab()) {
      return SMALL_VOCAB;
    }
    return dim % full.embedDim() == 0 ? dim / full.embedDim() * SMALL_VISION : dim;
  }

  private void sizes(
      Map<String, Object> json, int hidden, int intermediate, int vocab, int vision) {
    json.put("hidden_size", hidden);
    json.put("intermediate_size", intermediate);
    json.put("num_hidden_layers", full.layers());
    json.put("num_attention_heads", full.heads());
    json.put("num_key_value_heads", full.kvHeads());
    json.put("vocab_size", vocab);
    json.put("tie_word_embeddings", full.tied());
    Map<String, Object> tower = object(json, "vision_config");
    tower.put("depth", full.depth());
    tower.put("embed_dim", vision);
    tower.put("num_heads", full.visionHeads());
    tower.put("hidden_size", hidden);
  }

  private static void rope(Map<String, Object> json, List<Integer> sections) {
    object(json, "rope_scaling").put("mrope_section", sections);
  }

  @SuppressWarnings("unchecked") // It is an object in every config.json.
  private static Map<String, Object> object(Map<String, Object> json, String key) {
    return (Map<String, Object>) json.get(key);
  }
}
