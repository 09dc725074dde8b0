/**
 * A diagnosis as one self-contained HTML page: text, tables, and plots as SVG. {@link
 * dev.loupe.engine.diagnose.html.DiagnosisPage} writes it. There is no script in it and nothing is
 * loaded from elsewhere.
 *
 * <p>Every number of the diagnosis stands in the page as in the JSON object: as the {@code value}
 * of a {@code data} element, or as {@code data-value} of a mark in a plot. What is drawn or shown
 * rounded is derived from it.
 */
package dev.loupe.engine.diagnose.html;
