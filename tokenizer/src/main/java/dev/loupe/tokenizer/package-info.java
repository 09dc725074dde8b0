/** Text to token ids and back. */
package dev.loupe.tokenizer;
