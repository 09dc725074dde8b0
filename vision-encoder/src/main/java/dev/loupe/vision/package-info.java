/**
 * The vision tower of Qwen2-VL: {@link dev.loupe.vision.VisionTransformer} turns the patches of
 * pictures into embeddings.
 *
 * <p>{@link dev.loupe.vision.preprocess} makes the patches, from pictures that {@link
 * dev.loupe.vision.image} decodes. Class and field names are those of transformers' {@code
 * modeling_qwen2_vl.py}.
 *
 * <h2>Ownership</h2>
 *
 * <p>Weights belong to the code that loads them. Embeddings are scratch memory of the workspace.
 *
 * <h2>Threads</h2>
 *
 * <p>A tower may be shared; each forward pass has its own {@link dev.loupe.tensor.Workspace}.
 *
 * <h2>Numerics</h2>
 *
 * <p>Every operation rounds to the compute type of the profile. Rotary angles are float32 in every
 * profile. The remedies of a profile are for the decoder's scores only.
 */
package dev.loupe.vision;
