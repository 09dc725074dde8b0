package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;

/**
 * The request of a client, the same for both protocols.
 *
 * @param prompt the conversation
 * @param options how to answer
 * @param stream whether to send the answer while it is made
 * @param usage whether a stream ends with the numbers of tokens
 */
record ChatRequest(Prompt prompt, GenerationOptions options, boolean stream, boolean usage) {}
