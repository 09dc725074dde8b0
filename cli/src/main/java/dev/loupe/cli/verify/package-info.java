/** {@code loupe verify}: which receipts of captions hold. */
package dev.loupe.cli.verify;
