/** The public API. */
package dev.loupe.engine;
