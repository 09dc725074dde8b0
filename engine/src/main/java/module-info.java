/** The public API of Loupe: a model, its answers, and the diagnosis of float16 failures. */
module dev.loupe.engine {
  requires transitive dev.loupe.tensor;
  requires transitive dev.loupe.tokenizer;
  requires transitive dev.loupe.vision;
  requires transitive dev.loupe.weights;
  requires dev.loupe.io;
  requires java.logging;
  requires jdk.jfr;

  exports dev.loupe.engine;
  exports dev.loupe.engine.compare;
  exports dev.loupe.engine.compare.html;
  exports dev.loupe.engine.diagnose;
  exports dev.loupe.engine.diagnose.html;
  exports dev.loupe.engine.diagnose.reproduce;
  exports dev.loupe.engine.inspect;
  exports dev.loupe.engine.sampling;
  exports dev.loupe.engine.screen;
  exports dev.loupe.engine.screen.html;
  exports dev.loupe.engine.synthetic;
  exports dev.loupe.engine.text;
}
