/** Qwen2-VL as the chat models of LangChain4j. */
@SuppressWarnings("requires-transitive-automatic")
module dev.loupe.langchain4j {
  requires transitive dev.loupe.engine;
  // LangChain4j is no module yet: this is the name of its jar.
  requires transitive langchain4j.core;

  exports dev.loupe.langchain4j;
}
