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
 * runs ({@code src/generator}). What C2 makes of the other loops depends on its node budget: a
 * heavy loop stands in a small method of its own, and {@link
 * dev.loupe.tensor.internal.CompilerDirectives} says what it is told besides.
 *
 * <p>Segments that kernels get should be of one class, that of allocated memory: the vector loads
 * of the platform keep one type profile for all callers, and with two classes in it (a mapped file
 * has its own) tiles ran at 42 to 68 % of the multiply-adds, not 83 %. Segments of arrays are in it
 * as well, because a reinterpreting cast goes through an array until C2 has compiled it; so a tile
 * shows C2 its segments first, and leaves its sums in an array, not in C ({@code
 * PanelProductsGenerator} says why).
 *
 * <h2>Deliberate gaps</h2>
 *
 * Products of up to 8 rows wait for memory: on an EPYC an eighth of their time (87 % of the peak,
 * 97 % if the weights are in the second cache): neither touching the next panels ahead (74 to 88
 * %), nor 8 rows by 3 panels (73 %), nor 6 by 4 (66 %) was faster.
 *
 * <p>Attention of the vision tower runs at 73 % of the multiply-adds on one core: scores, of depth
 * 80, at 86 %, weighted values at 89 %, and 15 % of the time are exponentials, 32 cycles for 16. A
 * tile checks the bounds of each row of A before its loop, which is a tenth of 80 steps; with the
 * queries laid out by tiles it would be one check (91 %, not 86 %), in a second family of tiles.
 * The fifth panel of 80 elements is alone in its tile, where 13 loads feed 12 multiply-adds (71 %).
 *
 * <p>A core with two units for multiply-adds is fed less well. On a Xeon (235 GFLOP/s a core) the
 * tile of 12 rows by 2 panels of bfloat16 reaches 88 to 90 % from the second cache in a quiet hour
 * and 78 to 83 % in others (a float32 tile 90, and 74 to 82 %; 4 of 52 vector instructions widen
 * weights), a product as large as a model's 76 to 82 %, and the same product within a model 71 to
 * 79 %: memory and the third cache give a core 16 GB/s, Java has no prefetch, and the first rows
 * past some panels wait for them as long as reading takes.
 *
 * <p>In an hour when the tile had 78 to 83 %, the same loop written by hand in assembly had 88 to
 * 90 %, and over 516 rows past 12 panels 84 to 86 %; C2's own loop, copied into the same program,
 * 84 to 86 and 82 to 85 %. 98 % of a tile's time is that loop, whose 115 instructions hold 48
 * multiply-adds; the copy without the 24 moves and additions that C2 spends on addresses gains 0 to
 * 1 %. With rows laid out by tiles they go, and float32 gains 4 %, but bfloat16, where C2 then
 * spills a sum, 0 to 3 %, and laying out reads and writes as much memory as that is worth when
 * outputs are 1536. Whole products in C (gcc 12, one thread) reach 76 to 82 %, with prefetch
 * instructions 75 to 80 %, with rows laid out by tiles and weights widened into the first cache 77
 * to 81 %; MKL (torch 2.13, float32 weights, two threads) multiplies these shapes at 295 to 357
 * GFLOP/s where this does at 290 to 330.
 *
 * <p>Not faster there: reading the panels once before (0 to 2 % more), widening weights once into
 * 32 KB and going on from C's sums (69 to 75 %), the depth in pieces of 256 to 768 steps (73 to 78
 * %), 8960 in pieces of 1792 (that product alone 75 to 77 %, not 71 to 73; within the model no
 * difference), 14 rows by 2 panels (68 %), 8 by 3 (51 %), 9 by 3 (49 %), 400 to 1600 KB of panels
 * for a block or blocks of 48 rows (all within 2 %), blocks of 24 to 48 rows past all panels where
 * four are too many for the second cache (67 to 71 %, not 76), large pages for rows (glibc's {@code
 * malloc.hugetlb}: depth 8960 alone 76 %, not 71, within the model no difference), a loop over a
 * long (float32 61 %, bfloat16 the same), a way out between the two steps of a word (40 %). One
 * method for several tiles in turn made C2 spill sums (17 to 44 %). Slices of A, one for each row,
 * share their bounds checks, 73 % instead of 68 for float32 of depth 80; but they bring tiles past
 * the nodes after which C2 leaves calls in the loop (12 rows by one panel 16 %, not 67), and given
 * to 12 rows by two panels alone, attention takes 5 % less time in a process that has only
 * pictures, while pictures after prompts take 4 to 8 % more.
 *
 * <p>One row reads 89 % of what the same memory gives to reading by four panels in turn; three
 * panels 90 %, two 80 to 90 %, eight 84 %, and with the words of four panels in turn, one stream,
 * 66 % (in C 11 to 18 GB/s of 16, by nothing but the order of loads). Eight rows wait for memory
 * and then for arithmetic, 58 % of reading: 7 and 1 or 6 and 2 rows by three panels measured the
 * same.
 *
 * <p>All segments are bounds-checked: raw addresses measured no faster in products (110 of 117
 * GFLOP/s with checks, 91 to 109 without, on one core). Narrower vectors run the tiles of 512-bit
 * ones up to 5 rows; nothing is tuned for them.
 */
package dev.loupe.tensor.internal;
