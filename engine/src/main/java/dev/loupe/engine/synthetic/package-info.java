/**
 * Models of any size without files, for measurements and comparisons: the configuration of a
 * published Qwen2-VL, or of a similar one, with weights by rule ({@link
 * dev.loupe.weights.synthetic.SyntheticWeights}) for its tensors ({@link
 * dev.loupe.engine.ModelDefinition}).
 */
package dev.loupe.engine.synthetic;
