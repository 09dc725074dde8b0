/**
 * The innermost loops and what feeds them, not exported.
 *
 * <h2>Layers</h2>
 *
 * <ol>
 *   <li>{@link dev.loupe.tensor.internal.Arithmetic} is what a run computes with: products and row
 *       kernels. {@link dev.loupe.tensor.internal.KernelsProvider} takes what this Java can run.
 *   <li>{@link dev.loupe.tensor.internal.Products} multiplies {@link
 *       dev.loupe.tensor.internal.Rows} with a {@link dev.loupe.tensor.internal.PanelMatrix}, one
 *       class for each order of additions; {@link dev.loupe.tensor.internal.RowKernels} is
 *       everything else.
 *   <li>Below the vector products: {@code VectorMatmul} cuts C into tiles, the generated {@code
 *       PanelProducts} computes a tile, {@code VectorEpilogue} adds the bias and rounds.
 *   <li>{@link dev.loupe.tensor.internal.ThreadTeam} and {@link dev.loupe.tensor.internal.Shares}
 *       divide work among threads; kernels do not use them.
 * </ol>
 *
 * <p>A new arithmetic is a class that implements {@code Products}, a value of {@link
 * dev.loupe.tensor.numerics.Accumulation}, and a line in {@code Arithmetic}.
 *
 * <h2>Ownership</h2>
 *
 * Kernels own nothing: they work on segments that the caller keeps alive, and sum in scratch memory
 * that the caller lends them.
 *
 * <h2>Threads</h2>
 *
 * Kernels have no state that threads share. A {@link dev.loupe.tensor.internal.ThreadTeam} runs one
 * piece of work at a time and lets further callers wait.
 *
 * <h2>Numerics</h2>
 *
 * {@code SequentialProducts} and {@code ScalarRowKernels} define every bit, {@code VectorProducts}
 * and {@code VectorRowKernels} repeat it. The order of additions is documented in {@link
 * dev.loupe.tensor.internal.Products} and {@link dev.loupe.tensor.internal.RowKernels}. Of the
 * functions of the platform a result uses only {@code Math.fma}, {@code Math.sqrt} and the four
 * operations, whose bits the language defines.
 *
 * <h2>Speed</h2>
 *
 * <p>{@code PanelProducts} is written by a program that the build runs ({@code src/generator}). How
 * well C2 compiles the other loops depends on its node budget. So each heavy loop has a small
 * method of its own, and {@link dev.loupe.tensor.internal.CompilerDirectives} gives it directives.
 * Operands travel as records down to a tile; inside a tile there are only local variables.
 *
 * <p>Segments that kernels get should be of one class, that of allocated memory. The vector loads
 * of the platform keep one type profile for all callers; with a second class in it, such as that of
 * a mapped file, every load tests which one it has. The class of array segments is in the profile
 * as well, because a reinterpreting cast goes through an array until C2 has compiled it. So a tile
 * reads its segments first, and keeps its sums in an array, not in C ({@code
 * PanelProductsGenerator} says why).
 *
 * <h2>Deliberate gaps</h2>
 *
 * All segments are bounds-checked: raw addresses were not faster. Products of few rows wait for
 * memory; Java has no prefetch. Narrower vectors run the tiles of 512-bit ones up to 5 rows;
 * nothing is tuned for them. Measurements, and attempts without gain, are in {@code
 * docs/performance.md}.
 */
package dev.loupe.tensor.internal;
