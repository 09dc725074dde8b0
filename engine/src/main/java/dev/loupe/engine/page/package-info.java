/**
 * Columns of text, and what pages of HTML without scripts are made of: elements, tables, plots, and
 * their style.
 */
package dev.loupe.engine.page;
