package dev.loupe.engine.inspect;

import dev.loupe.engine.ModelDefinition;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.nn.QuantisationError;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What rounding weights to integers does to the products of each layer of a model. */
final class IntegerErrors {
  private static final String WEIGHT = ".weight";

  private final WeightTypes types;
  private final Map<String, Layer> layers = new LinkedHashMap<>();

  /** The error of all matrices of a layer, and that of the worst of them. */
  private record Layer(QuantisationError all, String worst, double largest) {
    static final Layer NONE = new Layer(QuantisationError.NONE, "", -1);

    Layer plus(String module, QuantisationError error) {
      return error.relative() > largest
          ? new Layer(all.plus(error), module, error.relative())
          : new Layer(all.plus(error), worst, largest);
    }

    String text(String layer) {
      String whole = "%.4f".formatted(all.relative());
      return worst.equals(layer)
          ? whole
          : "%s, at most %.4f in %s".formatted(whole, largest, worst.substring(layer.length() + 1));
    }
  }

  private IntegerErrors(WeightTypes types) {
    this.types = types;
  }

  /**
   * A line for each layer: the relative root of the mean squared error of its products.
   *
   * @throws IOException if weights cannot be read, or cannot become integers
   */
  static Map<String, Object> of(
      ModelWeights weights, ModelDefinition definition, WeightTypes types, Backend backend)
      throws IOException {
    IntegerErrors errors = new IntegerErrors(types);
    for (var tensor : definition.tensors().entrySet()) {
      String name = tensor.getKey();
      Optional<QuantisedType> type = types.of(name, tensor.getValue());
      if (type.isPresent()) {
        errors.add(
            name,
            QuantisationError.of(
                name, weights.tensor(name, tensor.getValue()), type.get(), backend));
        weights.release(name);
      }
    }
    return errors.lines();
  }

  private void add(String name, QuantisationError error) {
    String module = name.substring(0, name.length() - WEIGHT.length());
    String layer = module.replaceFirst("(\\.\\d+)\\..*", "$1");
    layers.merge(layer, Layer.NONE.plus(module, error), (before, _) -> before.plus(module, error));
  }

  private Map<String, Object> lines() {
    Map<String, Object> lines = new LinkedHashMap<>();
    lines.put("weights", types.toString());
    layers.forEach((layer, error) -> lines.put(layer, error.text(layer)));
    return lines;
  }
}
