/** A Qwen2-VL behind the HTTP interfaces of OpenAI and Ollama, with a page. */
module dev.loupe.server {
  requires transitive dev.loupe.engine;
  requires dev.loupe.io;
  requires java.logging;
  requires jdk.httpserver;

  exports dev.loupe.server;
}
