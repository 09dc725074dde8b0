/** {@code loupe compare}: where two traces part, and whether rounding explains it. */
package dev.loupe.cli.compare;
