/** The public API of Loupe and its command line. */
module dev.loupe.engine {
  requires transitive dev.loupe.tensor;
  requires transitive dev.loupe.tokenizer;
  requires transitive dev.loupe.vision;
  requires transitive dev.loupe.weights;
  // Not transitive, or nobody could compile without it. LangChain4j is no module yet: this is the
  // name of its jar.
  requires static langchain4j.core;
  requires info.picocli;
  requires java.logging;
  requires jdk.httpserver;
  requires jdk.jfr;
  requires me.tongfei.progressbar;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;

  exports dev.loupe.engine;
  exports dev.loupe.engine.bench;
  exports dev.loupe.engine.diagnose;
  exports dev.loupe.engine.langchain4j;
  exports dev.loupe.engine.sampling;
  exports dev.loupe.engine.server;
  exports dev.loupe.engine.text;

  opens dev.loupe.engine.cli to
      info.picocli;
}
