/**
 * Loupe as a chat model of LangChain4j: {@link dev.loupe.langchain4j.LoupeChatModel} and {@link
 * dev.loupe.langchain4j.LoupeStreamingChatModel}.
 *
 * <h2>Ownership</h2>
 *
 * <p>The {@link dev.loupe.engine.Qwen2Vl} stays its owner's: it may serve other callers at the same
 * time, and must be open while a chat model is used. A chat model is a value without resources. It
 * keeps no conversation; each request brings all of its messages, as LangChain4j does it.
 *
 * <h2>Threads</h2>
 *
 * <p>Any thread may use them, and requests queue in the model. {@code LoupeChatModel} answers on
 * the calling thread, whose interruption ends the answer. {@code LoupeStreamingChatModel} refuses
 * what it does not support at once, and does everything else on a thread of the executor, by
 * default a new one for each request.
 *
 * <h2>Numerics</h2>
 *
 * <p>The same request gives the same answer, also where tokens are drawn: the seed is that of the
 * options, else 0.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>Tools, JSON answers, penalties of frequency and presence, audio, video, PDF and pictures on
 * the network are refused with LangChain4j's {@code UnsupportedFeatureException}: Qwen2-VL knows no
 * tool calls, and nothing in Loupe opens a network connection. The name of a user and the detail
 * level of a picture are ignored; {@link dev.loupe.engine.GenerationOptions#maxPixels} bounds all
 * pictures. The asynchronous and reactive methods, experimental in LangChain4j 1.20, are absent;
 * its defaults say so to the caller.
 */
package dev.loupe.langchain4j;
