/**
 * The kernels, not exported.
 *
 * <h2>Ownership</h2>
 *
 * Kernels own nothing: they work on segments that the caller keeps alive.
 *
 * <h2>Threads</h2>
 *
 * Kernels have no state. A {@link dev.loupe.tensor.internal.ThreadTeam} runs one piece of work at a
 * time and lets further callers wait.
 *
 * <h2>Numerics</h2>
 *
 * {@link dev.loupe.tensor.internal.ScalarKernels} defines every bit, {@link
 * dev.loupe.tensor.internal.VectorKernels} repeats it; the order of additions stands in {@link
 * dev.loupe.tensor.internal.Kernels}. No function of the platform takes part in a result but {@code
 * Math.fma}, {@code Math.sqrt} and the four operations, which are exact by the language.
 *
 * <h2>Speed</h2>
 *
 * The innermost loops of products, {@code PanelProducts}, are written by a program that the build
 * runs ({@code src/generator}); {@link dev.loupe.tensor.internal.CompilerDirectives} says why C1
 * must leave them alone. What C2 makes of the other loops depends on its node budget: a heavy loop
 * stands in a small method of its own.
 *
 * <p>Segments that kernels get should be of one class, that of allocated memory: the vector loads
 * of the platform keep one type profile for all callers, and with two classes in it (a mapped file
 * has its own) tiles ran at 42 to 68 % of the multiply-adds, not 83 %.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Products of up to 8 rows wait for memory an eighth of their time (87 % of the multiply-adds, 97 %
 * if the weights are in the second cache): neither touching the next panels ahead (74 to 88 %), nor
 * 8 rows by 3 panels (73 %), nor 6 by 4 (66 %) was faster.
 *
 * <p>All segments are bounds-checked: raw addresses measured no faster in products (110 of 117
 * GFLOP/s with checks, 91 to 109 without, on one core). Narrower vectors run the tiles of 512-bit
 * ones up to 5 rows; nothing is tuned for them.
 */
package dev.loupe.tensor.internal;
