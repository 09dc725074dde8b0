/**
 * A failure in a folder: the operands of one element, a script of PyTorch that shows the same event
 * from them on any device, and a text for a bug report. {@link
 * dev.loupe.engine.diagnose.reproduce.Reproducer} writes it.
 */
package dev.loupe.engine.diagnose.reproduce;
