package dev.loupe.engine;

import java.time.Duration;

/**
 * How long the parts of a request took, wall clock.
 *
 * @param image resizing pictures and running the vision tower
 * @param prefill running the decoder over the prompt
 * @param decode all tokens of the answer after the first
 */
public record Timings(Duration image, Duration prefill, Duration decode) {}
