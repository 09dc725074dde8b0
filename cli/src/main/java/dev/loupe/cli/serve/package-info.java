/**
 * {@code loupe serve}: the options of the server, and its life from start to signal.
 *
 * <p>Its address is its only result. A signal ends it, and clients that wait for an answer get an
 * error.
 */
package dev.loupe.cli.serve;
