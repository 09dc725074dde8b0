/**
 * What the tests of several modules share: golden files and pictures, where to find them, and how
 * to read their lines. It knows no module of Loupe, so that all of them can use it.
 *
 * <p>Small files are resources of this module. Large ones lie in the folder that the system
 * property {@code loupe.shared} names; where it is absent, the tests that need it are skipped and
 * say so.
 */
package dev.loupe.testkit;
