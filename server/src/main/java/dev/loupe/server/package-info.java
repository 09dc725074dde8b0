/**
 * HTTP: OpenAI's chat completions, Ollama's chat and a page for people, on the public API.
 *
 * <p>{@link dev.loupe.server.LoupeServer} is the only entry. A request goes from {@code Router} to
 * a {@code Route}; {@code OpenAiRequests} or {@code OllamaRequests} makes a {@code ChatRequest} of
 * its JSON, {@code GenerationQueue} runs the model, and {@code OpenAiFormat} or {@code
 * OllamaFormat} writes the answer.
 *
 * <h2>Ownership</h2>
 *
 * <p>The model is the caller's. A server owns its socket and threads and frees them in {@code
 * close}. The files of a request's pictures are on the heap until they are decoded; {@code
 * RequestLimit} limits the number of such requests, and {@code GenerationQueue} that of requests
 * with decoded pictures.
 *
 * <h2>Threads</h2>
 *
 * <p>Each request is read and answered on a virtual thread. Pictures are decoded on two platform
 * threads, {@code loupe-pictures-0} and {@code -1}, because a decoder would hold one of the few
 * carriers of virtual threads. The model runs on one platform thread, {@code loupe-answers}, for
 * some requests side by side ({@code AnswerBatch}), which begin in the order in which they are
 * ready. It never waits for a client: its text is queued in an {@code Answer}. A client that takes
 * no piece of its reply within the time for a body loses its connection.
 *
 * <p>When a client has gone, its answer ends after the current token. The server notices that when
 * it cannot send a piece of a stream and, on Linux, within half a second from the state of the
 * connection in {@code /proc/net}, also while the request waits or its prompt is computed. The
 * JDK's server reports no closed connection, so on other systems an answer in one piece is computed
 * to its end without a reader; its length and time are limited.
 *
 * <h2>Security</h2>
 *
 * <p>Without a key only a loopback address is served, and {@code BrowserGuard} keeps foreign pages
 * out: the {@code Host} must be this machine, an {@code Origin} the server's own page or an allowed
 * one; only replies to an allowed one have CORS headers. With a key, only {@code /}, {@code
 * /health} and the preflight of an allowed page are open. There is no TLS: without a proxy that
 * adds it, a key is sent unencrypted. Messages and the log show text of clients short and escaped,
 * and nothing of classes, files or traces.
 *
 * <h2>Numerics</h2>
 *
 * <p>An answer has the same tokens as the same prompt and options in the Java API. A request
 * without temperature, other rules of the draw and seed gets the most likely tokens, although both
 * protocols would draw; see {@code AnswerFields}.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>One model, one answer for each request, no tools, no grammars, no log probabilities, no
 * embeddings, no clips. Pictures come in the request; an address in the network is refused, because
 * Loupe opens no connection. {@code detail} of a picture is low, medium or high; others leave its
 * size to the server's options. Calls of tools in earlier answers are passed over. The JDK's server
 * limits connections and the time for headers only by system properties; {@code loupe serve} sets
 * them, a library cannot.
 */
package dev.loupe.server;
