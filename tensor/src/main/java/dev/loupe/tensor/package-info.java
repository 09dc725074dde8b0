/**
 * Numbers and where they live: element types, shapes, tensors and the port through which weights
 * arrive.
 */
package dev.loupe.tensor;
