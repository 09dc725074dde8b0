package dev.loupe.server;

import dev.loupe.engine.Detail;

/**
 * A picture as its request holds it, not decoded yet.
 *
 * @param file the bytes of a picture file
 * @param name of the field that held it, for messages
 * @param detail how much of it the model shall see
 */
record EncodedPicture(byte[] file, String name, Detail detail) {

  /** A picture of which the model sees what the server allows. */
  EncodedPicture(byte[] file, String name) {
    this(file, name, Detail.FULL);
  }

  EncodedPicture with(Detail other) {
    return new EncodedPicture(file, name, other);
  }
}
