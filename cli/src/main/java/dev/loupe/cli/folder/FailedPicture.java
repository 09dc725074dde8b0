package dev.loupe.cli.folder;

/**
 * A picture that could not be captioned.
 *
 * @param label its name in messages, in one line
 * @param reason what went wrong
 */
public record FailedPicture(String label, Throwable reason) {}
