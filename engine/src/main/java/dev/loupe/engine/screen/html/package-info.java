/** A screen as a page of HTML: {@link dev.loupe.engine.screen.html.ScreenPage}. */
package dev.loupe.engine.screen.html;
