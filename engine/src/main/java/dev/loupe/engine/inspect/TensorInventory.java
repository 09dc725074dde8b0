package dev.loupe.engine.inspect;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * The tensors of a model, alone and in a few groups: those of all layers together. With ranges,
 * tensors of one name in all layers are a group of their own, because often a single bias has the
 * extreme values.
 */
public final class TensorInventory {

  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, Group> groups = new LinkedHashMap<>();
  private final boolean ranges;

  /**
   * Tensors taken together.
   *
   * @param dtypes their types, in the order of {@link StoredType}
   * @param tensors how many
   * @param elements their numbers
   * @param bytes the bytes of their numbers
   * @param range of their numbers, as far as these were read; empty without ranges
   */
  public record Group(
      Collection<StoredType> dtypes,
      int tensors,
      long elements,
      long bytes,
      Optional<ValueRange> range) {

    private static Group none(boolean ranges) {
      return new Group(
          List.of(), 0, 0, 0, ranges ? Optional.of(ValueRange.EMPTY) : Optional.empty());
    }

    private static Group of(StoredTensor tensor, Optional<ValueRange> range) {
      return new Group(List.of(tensor.type()), 1, tensor.shape().elements(), tensor.bytes(), range);
    }

    private Group plus(Group other) {
      TreeSet<StoredType> all = new TreeSet<>(dtypes);
      all.addAll(other.dtypes);
      return new Group(
          Collections.unmodifiableSet(all),
          tensors + other.tensors,
          elements + other.elements,
          bytes + other.bytes,
          range.map(mine -> other.range.map(mine::plus).orElse(mine)));
    }

    private Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("dtypes", dtypes.stream().map(StoredType::name).toList());
      json.put("tensors", tensors);
      json.put("elements", elements);
      json.put("bytes", bytes);
      Optional<ValueRange> known = range.filter(r -> r.finite() > 0);
      json.put("min", known.map(ValueRange::min).orElse(null));
      json.put("max", known.map(ValueRange::max).orElse(null));
      json.put("nonfinite", range.map(ValueRange::nonFinite).orElse(null));
      return json;
    }
  }

  private TensorInventory(boolean ranges) {
    this.ranges = ranges;
  }

  /**
   * The tensors of a model. Without ranges no number of a weight is read or made.
   *
   * @param ranges whether to read all numbers
   * @param progress takes the bytes of each tensor once it is done
   * @throws IOException if a tensor cannot be read
   */
  public static TensorInventory of(ModelWeights weights, boolean ranges, LongConsumer progress)
      throws IOException {
    TensorInventory inventory = new TensorInventory(ranges);
    for (String name : weights.names()) {
      StoredTensor stored = weights.stored(name);
      inventory.add(name, stored, range(weights, name, stored, ranges));
      progress.accept(stored.bytes());
    }
    return inventory;
  }

  private static Optional<ValueRange> range(
      ModelWeights weights, String name, StoredTensor stored, boolean ranges) throws IOException {
    boolean known = stored.type().dtype().filter(WeightSource.STORED_TYPES::contains).isPresent();
    if (!ranges || !known) {
      return Optional.empty();
    }
    Tensor tensor = weights.tensor(name);
    ValueRange range = ValueRange.of(tensor);
    weights.release(name);
    return Optional.of(range);
  }

  private void add(String name, StoredTensor stored, Optional<ValueRange> range) {
    tensors.put(name, stored);
    Group before = groups.getOrDefault(key(name), Group.none(ranges));
    groups.put(key(name), before.plus(Group.of(stored, range)));
  }

  /** {@code visual.blocks} of {@code visual.blocks.0.attn.qkv.weight}. */
  private String key(String name) {
    if (ranges) {
      return name.replaceFirst("\\.\\d+\\.", ".*.");
    }
    String[] parts = name.split("\\.");
    return parts.length < 3 ? parts[0] : parts[0] + "." + parts[1];
  }

  /** All tensors by name, in the order of the files. */
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /** The groups by name, in the order of their first tensors. */
  public SequencedMap<String, Group> groups() {
    return Collections.unmodifiableSequencedMap(groups);
  }

  /** All tensors as one group. */
  public Group total() {
    return groups.values().stream().reduce(Group.none(ranges), Group::plus);
  }

  /** Whether the numbers were read. */
  public boolean ranges() {
    return ranges;
  }

  /** For programs. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = total().toJson();
    json.put("files", new TreeSet<>(tensors.values().stream().map(StoredTensor::origin).toList()));
    List<Map<String, Object>> list = new ArrayList<>();
    groups.forEach((name, group) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", name);
      one.putAll(group.toJson());
      list.add(one);
    });
    json.put("groups", list);
    return json;
  }
}
