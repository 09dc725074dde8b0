/** Checkpoints on disk. */
package dev.loupe.weights;
