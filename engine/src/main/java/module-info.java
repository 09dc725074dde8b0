/** The public API of Loupe and its command line. */
module dev.loupe.engine {
  requires transitive dev.loupe.tensor;
  requires transitive dev.loupe.tokenizer;
  requires transitive dev.loupe.vision;
  requires transitive dev.loupe.weights;
  requires info.picocli;
  requires jdk.httpserver;
  requires me.tongfei.progressbar;
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;

  exports dev.loupe.engine;
  exports dev.loupe.engine.bench;
  exports dev.loupe.engine.diagnose;
  exports dev.loupe.engine.sampling;
  exports dev.loupe.engine.server;
  exports dev.loupe.engine.text;

  opens dev.loupe.engine.cli to
      info.picocli;
}
