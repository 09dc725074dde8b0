package dev.loupe.cli.inspect;

import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.cli.terminal.TextTable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.synthetic.SyntheticModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The tensors of a model in a few lines: those of all layers together. With ranges, tensors of one
 * name in all layers are a group of their own, since it is single biases that stick out.
 */
final class TensorGroups {

  private final Map<String, Entry> tensors = new LinkedHashMap<>();
  private final Map<String, Group> groups = new LinkedHashMap<>();
  private final TreeSet<String> files = new TreeSet<>();
  private final boolean ranges;

  /** A tensor as the header of its file describes it. */
  record Entry(DType dtype, Shape shape, String origin) {

    long bytes() {
      return shape.elements() * dtype.bytes();
    }
  }

  /** Tensors that are shown in one line. */
  private static final class Group {
    private final TreeSet<DType> dtypes = new TreeSet<>();
    private int count;
    private long elements;
    private long bytes;
    private ValueRange statistics = ValueRange.EMPTY;

    private void add(Entry entry) {
      dtypes.add(entry.dtype());
      count++;
      elements += entry.shape().elements();
      bytes += entry.bytes();
    }
  }

  private TensorGroups(boolean ranges) {
    this.ranges = ranges;
  }

  /**
   * The tensors of a model.
   *
   * @param ranges whether to read them all
   * @throws IOException if there are no weights, or they are refused
   */
  static TensorGroups of(ModelFiles model, boolean ranges, ProgressReporter progress)
      throws IOException {
    TensorGroups groups = new TensorGroups(ranges);
    if (model instanceof SyntheticModel synthetic && !ranges) {
      synthetic
          .shape()
          .tensors()
          .forEach((name, shape) -> groups.add(name, new Entry(DType.BF16, shape, "rule")));
      return groups;
    }
    try (ModelWeights weights = model.openWeights();
        ProgressTask task =
            progress.start("Reading weights", weights.byteSize(), " MB", 1_000_000)) {
      for (String name : weights.names()) {
        Tensor tensor = weights.tensor(name);
        Entry entry = new Entry(tensor.dtype(), tensor.shape(), weights.origin(name));
        Group group = groups.add(name, entry);
        if (ranges && ExpectedTensors.READABLE.contains(entry.dtype())) {
          group.statistics = group.statistics.plus(ValueRange.of(tensor));
        }
        weights.release(name);
        task.step(entry.bytes());
      }
    }
    return groups;
  }

  private Group add(String name, Entry entry) {
    tensors.put(name, entry);
    files.add(entry.origin());
    String key = ranges ? name.replaceFirst("\\.\\d+\\.", ".*.") : coarse(name);
    Group group = groups.computeIfAbsent(key, _ -> new Group());
    group.add(entry);
    return group;
  }

  /** {@code visual.blocks} of {@code visual.blocks.0.attn.qkv.weight}. */
  private static String coarse(String name) {
    String[] parts = name.split("\\.");
    return parts.length < 3 ? parts[0] : parts[0] + "." + parts[1];
  }

  /** All tensors by name. */
  Map<String, Entry> tensors() {
    return tensors;
  }

  /** For people. */
  TextTable table() {
    TextTable table =
        ranges
            ? new TextTable("name", "type", "tensors", "elements", "bytes", "min", "max")
            : new TextTable("name", "type", "tensors", "elements", "bytes");
    groups.forEach((name, group) -> table.row(cells(name, group)));
    table.row(cells("all", total()));
    return table;
  }

  private String[] cells(String name, Group group) {
    List<String> cells = new ArrayList<>();
    cells.add(name);
    cells.add(types(group));
    cells.add(Integer.toString(group.count));
    cells.add("%,d".formatted(group.elements));
    cells.add("%,d".formatted(group.bytes));
    if (ranges) {
      cells.add(TextTable.number(group.statistics.min()));
      cells.add(TextTable.number(group.statistics.max()));
    }
    return cells.toArray(String[]::new);
  }

  private static String types(Group group) {
    return String.join(" ", group.dtypes.stream().map(DType::name).toList());
  }

  private Group total() {
    Group total = new Group();
    tensors.values().forEach(total::add);
    groups.values().forEach(g -> total.statistics = total.statistics.plus(g.statistics));
    return total;
  }

  /** For programs. */
  Map<String, Object> toJson() {
    Map<String, Object> json = json(total());
    json.put("files", files);
    List<Map<String, Object>> list = new ArrayList<>();
    groups.forEach((name, group) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", name);
      one.putAll(json(group));
      list.add(one);
    });
    json.put("groups", list);
    return json;
  }

  private Map<String, Object> json(Group group) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("dtypes", group.dtypes.stream().map(DType::name).toList());
    json.put("tensors", group.count);
    json.put("elements", group.elements);
    json.put("bytes", group.bytes);
    boolean known = ranges && group.statistics.finite() > 0;
    json.put("min", known ? group.statistics.min() : null);
    json.put("max", known ? group.statistics.max() : null);
    json.put("nonfinite", ranges ? group.statistics.nonFinite() : null);
    return json;
  }
}
