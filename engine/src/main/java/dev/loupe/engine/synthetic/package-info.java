/**
 * Models of any size without files, to measure and compare with: the configuration of a published
 * Qwen2-VL, or of one like it, and weights by rule ({@link
 * dev.loupe.weights.synthetic.SyntheticWeights}) for the tensors that such a model consists of
 * ({@link dev.loupe.engine.ModelDefinition}).
 */
package dev.loupe.engine.synthetic;
