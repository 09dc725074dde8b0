/** {@code loupe tokenize}: text to token ids and back, as plain lines or as lines of JSON. */
package dev.loupe.cli.tokenize;
