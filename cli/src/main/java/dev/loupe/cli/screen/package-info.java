/** {@code screen}: whether a model can run in an arithmetic. */
package dev.loupe.cli.screen;
