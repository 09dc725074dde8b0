package dev.loupe.cli.folder;

/**
 * Something that was to be captioned and could not be.
 *
 * @param label what messages call it, in one line
 * @param reason what went wrong
 */
public record FailedPicture(String label, Throwable reason) {}
