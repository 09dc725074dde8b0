/** JSON, temporary files and hashes for the other modules of Loupe. It is no API. */
@SuppressWarnings("module") // The readers are built after this module.
module dev.loupe.io {
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;

  exports dev.loupe.io to
      dev.loupe.cli,
      dev.loupe.engine,
      dev.loupe.server,
      dev.loupe.tokenizer,
      dev.loupe.vision,
      dev.loupe.weights;
}
