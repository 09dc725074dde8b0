/**
 * Odd picture files, written byte by byte: what cameras, editors, chat programs and attackers make
 * and no picture library writes.
 */
package dev.loupe.testkit.pictures;
