/**
 * Whether a model can run in an arithmetic: many pictures, the largest number of every operation,
 * and how far each stays from the end of the range. Start with {@link
 * dev.loupe.engine.screen.ScreenRun}.
 */
package dev.loupe.engine.screen;
