package dev.loupe.tensor;

/**
 * How a checkpoint means a linear layer, beyond its matrix.
 *
 * @param biased whether there is a bias to add even where the model has none
 * @param addsBiasApart whether the product is rounded before the bias is added, and the sum once
 *     more; {@code torch.nn.Linear} rounds once
 */
public record LinearLayout(boolean biased, boolean addsBiasApart) {

  /** As {@code torch.nn.Linear}, and no other bias than the model's. */
  public static final LinearLayout PLAIN = new LinearLayout(false, false);
}
