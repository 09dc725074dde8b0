package dev.loupe.tensor;

/**
 * How a checkpoint means a linear layer, beyond its matrix.
 *
 * @param biased whether there is a bias to add even where the model has none
 * @param matmul whether it is {@code torch.matmul(x, W) + bias} with W [inputs, outputs], which
 *     rounds the product, and once more the sum. {@code torch.nn.Linear} rounds once; on a CPU
 *     PyTorch also adds up the two in different orders
 */
public record LinearLayout(boolean biased, boolean matmul) {

  /** As {@code torch.nn.Linear}, and no other bias than the model's. */
  public static final LinearLayout PLAIN = new LinearLayout(false, false);
}
