package dev.loupe.tokenizer;

/** A part of a prompt: a control token of the template, or text in which no control token is. */
public sealed interface PromptSegment {
  /** The characters of this part in the rendered template. */
  String text();

  /** A control token, for example {@code <|im_start|>}. */
  record Control(String text) implements PromptSegment {}

  /** Text, from any author. */
  record Text(String text) implements PromptSegment {}
}
