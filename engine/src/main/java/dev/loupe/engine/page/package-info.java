/** What pages of HTML without scripts are made of: elements, plots, scales, and their style. */
package dev.loupe.engine.page;
