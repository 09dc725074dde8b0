package dev.loupe.tensor;

import dev.loupe.tensor.numerics.Part;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * In which integers the matrices of each part of a model lie in memory; empty for the type in which
 * they are stored.
 *
 * @param decoder those of the decoder's layers
 * @param head those of the output layer and of the embedding, which are often one
 * @param tower those of the vision tower, but for the patch embedding
 */
public record WeightTypes(
    Optional<QuantisedType> decoder, Optional<QuantisedType> head, Optional<QuantisedType> tower) {
  private static final String STORED = "stored";
  private static final String EXPECTED =
      "int8, int4, int8:128, int4:128, or parts such as decoder=int4,head=int8,tower=stored";

  /** No integers. */
  public static final WeightTypes AS_STORED =
      new WeightTypes(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Refuses 4 bits for the head.
   *
   * @throws IllegalArgumentException if the head has less than 8 bits
   */
  public WeightTypes {
    if (head.filter(type -> type.bits() < Byte.SIZE).isPresent()) {
      throw new IllegalArgumentException(
          "head: expected int8 or stored, found %s, whose errors every token would show"
              .formatted(text(head)));
    }
  }

  /**
   * What a text says: {@code int8} for all parts; {@code int4}, with int8 for the head; {@code
   * int8:128} or {@code int4:128}, the same in groups of 128; or a list of parts, {@code
   * decoder=int4,head=int8,tower=stored}, of which those that are absent stay as stored.
   *
   * @throws IllegalArgumentException if it is another text
   */
  public static WeightTypes of(String text) {
    if (!text.contains("=")) {
      Optional<QuantisedType> all = type(text);
      Optional<QuantisedType> head = all.map(WeightTypes::head);
      return new WeightTypes(all, head, all);
    }
    Map<String, Optional<QuantisedType>> parts = new LinkedHashMap<>();
    for (String item : text.split(",", -1)) {
      String[] pair = item.strip().split("=", -1);
      if (pair.length != 2 || parts.put(pair[0], type(pair[1])) != null) {
        throw new IllegalArgumentException("expected %s, found %s".formatted(EXPECTED, text));
      }
    }
    Function<String, Optional<QuantisedType>> part =
        name -> parts.containsKey(name) ? parts.remove(name) : Optional.empty();
    WeightTypes types =
        new WeightTypes(part.apply("decoder"), part.apply("head"), part.apply("tower"));
    if (!parts.isEmpty()) {
      throw new IllegalArgumentException(
          "expected the parts decoder, head and tower, found "
              + parts.keySet().stream().collect(Collectors.joining(", ")));
    }
    return types;
  }

  private static Optional<QuantisedType> type(String name) {
    if (name.equals(STORED)) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(QuantisedType.values())
            .filter(t -> !t.zeros() && t.text().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException("expected %s, found %s".formatted(EXPECTED, name))));
  }

  /** That of 8 bits in groups of the same size. */
  private static QuantisedType head(QuantisedType type) {
    return type.group() == QuantisedType.INT8.group()
        ? QuantisedType.INT8
        : QuantisedType.INT8_BY_128;
  }

  /** Whether no part is quantised. */
  public boolean asStored() {
    return equals(AS_STORED);
  }

  /** The integers of a linear layer of this part. */
  public Optional<QuantisedType> of(Part part) {
    return switch (part) {
      case VISION_TOWER -> tower;
      case LM_HEAD -> head;
      case DECODER -> decoder;
      case INPUT -> Optional.empty();
    };
  }

  /**
   * The integers of a tensor of a published name. The patch embedding, biases and norms have none.
   */
  public Optional<QuantisedType> of(String name, Shape shape) {
    if (shape.rank() != 2) {
      return Optional.empty();
    }
    if (name.startsWith("visual.")) {
      return tower;
    }
    return name.startsWith("model.layers.") ? decoder : head;
  }

  /** For people: {@code stored} if no part is quantised, else the list. */
  public String label() {
    return asStored() ? STORED : toString();
  }

  /** The list that {@link #of(String)} reads, complete: one text for each choice. */
  @Override
  public String toString() {
    return "decoder=%s,head=%s,tower=%s".formatted(text(decoder), text(head), text(tower));
  }

  private static String text(Optional<QuantisedType> type) {
    return type.map(QuantisedType::text).orElse(STORED);
  }
}
