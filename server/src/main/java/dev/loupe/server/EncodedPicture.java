package dev.loupe.server;

/**
 * A picture as its request holds it, not decoded yet.
 *
 * @param file the bytes of a picture file
 * @param name of the field that held it, for messages
 */
record EncodedPicture(byte[] file, String name) {}
