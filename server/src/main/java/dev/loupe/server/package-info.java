/**
 * HTTP: OpenAI's chat completions, Ollama's chat and a page for people, on the public API.
 *
 * <p>{@link dev.loupe.server.LoupeServer} is all that others use. Inside, a request goes from
 * {@code Router} to a {@code Route}; {@code OpenAiRequests} or {@code OllamaRequests} makes a
 * {@code ChatRequest} of its JSON, {@code GenerationQueue} has it answered, and {@code
 * OpenAiFormat} or {@code OllamaFormat} writes the answer.
 *
 * <h2>Ownership</h2>
 *
 * <p>The model is the caller's. A server owns its socket and threads and frees them in {@code
 * close}. The pictures of a request live on the heap from its body to its answer, and {@code
 * Admission} bounds how many requests have any.
 *
 * <h2>Threads</h2>
 *
 * <p>Each request is read and answered on a virtual thread. The model is asked on one platform
 * thread, {@code loupe-answers}, in the order in which requests came. It never waits for a client:
 * what it says is queued in an {@code Answer}.
 *
 * <p>A client that has gone ends its answer after the current token. It is noticed when a piece of
 * a stream cannot be sent and, on Linux, within half a second by the state of the connection in
 * {@code /proc/net}, also while the request waits or computes its prompt. The JDK's server tells
 * nothing of the kind, so on other systems an answer in one piece is computed to its end for
 * nobody; its length and time are bounded.
 *
 * <h2>Security</h2>
 *
 * <p>Without a key only a loopback address is served, and {@code BrowserGuard} keeps foreign pages
 * out: the {@code Host} must be this machine, an {@code Origin} the server's own page, and there
 * are no CORS headers. With a key, {@code /} and {@code /health} alone are open; there is no TLS,
 * so a key crosses the network in the clear unless a proxy adds it.
 *
 * <h2>Numerics</h2>
 *
 * <p>None: an answer has the tokens that the same prompt and options have in the API. A request
 * that gives neither temperature nor another rule of the draw nor a seed gets the most likely
 * tokens, although both protocols would draw; see {@code AnswerFields}.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>One model, one request computed at a time (not batched), one answer for each, no tools, no
 * grammars, no log probabilities, no embeddings, no clips. Pictures come in the request; an address
 * in the network is refused, for Loupe opens no connection. {@code detail} of a picture is ignored:
 * the server's options bound its size. The JDK's server sets no time within which headers must
 * arrive unless {@code sun.net.httpserver.maxReqTime} says so, which {@code loupe serve} does and a
 * library cannot.
 */
package dev.loupe.server;
