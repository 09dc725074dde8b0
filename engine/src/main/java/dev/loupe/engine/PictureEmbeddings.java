package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import java.time.Duration;

/**
 * The pictures and clips of a prompt in the form that the decoder takes.
 *
 * @param rows [tokens, hiddenSize]: pictures first, then clips, each kind in its order
 * @param time how long it took to compute them
 */
record PictureEmbeddings(Tensor rows, Duration time) {}
