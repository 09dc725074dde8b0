/**
 * Two traces of one prompt, of Loupe or of PyTorch: where they part, and whether rounding explains
 * it. Start with {@link dev.loupe.engine.compare.TraceComparison}.
 */
package dev.loupe.engine.compare;
