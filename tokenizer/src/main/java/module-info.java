/** Byte-level BPE and the chat template of Qwen2-VL. */
module dev.loupe.tokenizer {
  requires dev.loupe.io;
  requires it.unimi.dsi.fastutil.core;
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;

  exports dev.loupe.tokenizer;
}
