/** {@code loupe diagnose}: the options of a diagnosis, and its progress. */
package dev.loupe.cli.diagnose;
