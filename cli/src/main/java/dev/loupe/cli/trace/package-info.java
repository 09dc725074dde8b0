/** {@code loupe trace}: the stages of one forward pass, written to a file. */
package dev.loupe.cli.trace;
