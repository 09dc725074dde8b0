/**
 * A comparison of two traces as a page of HTML: {@link
 * dev.loupe.engine.compare.html.ComparisonPage}.
 */
package dev.loupe.engine.compare.html;
