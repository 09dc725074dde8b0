package dev.loupe.server;

import com.sun.net.httpserver.HttpServer;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Serves a model over HTTP: OpenAI's chat completions, Ollama's chat, and a page for people.
 *
 * <pre>{@code
 * try (var model = Qwen2Vl.loadBuiltIn();
 *     var server = LoupeServer.start(model, ServerOptions.defaults().port(0))) {
 *   System.out.println(server.address());
 *   ...
 * }
 * }</pre>
 *
 * <p>The caller owns the model and may use it at the same time. Requests of clients are computed
 * side by side; they and the caller's own take turns.
 *
 * <p>The JDK's server reads three limits from system properties only, at its first use: {@code
 * jdk.httpserver.maxConnections} and {@code sun.net.httpserver.maxReqTime} (seconds for the headers
 * of a request), which are unlimited unless set, and {@code sun.net.httpserver.nodelay}. A program
 * that other machines can reach should set them, as {@code loupe serve} does.
 */
public final class LoupeServer implements AutoCloseable {

  /** Time to send the replies to cancelled requests. */
  private static final int GRACE_SECONDS = 2;

  private final HttpServer http;
  private final ExecutorService handlers;
  private final GenerationQueue queue;
  private final Instant started = Instant.now();

  private LoupeServer(ServedModel model, PictureDecoder decoder, ServerOptions options)
      throws IOException {
    this.http = HttpServer.create(options.address(), 0);
    this.handlers =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("loupe-http-", 0).factory());
    this.queue =
        new GenerationQueue(
            model,
            new RequestPictures(
                decoder,
                options.limits(),
                (picture, detail) -> model.resized(picture, options.answering().detail(detail))),
            options.watches());
    http.setExecutor(handlers);
    http.createContext(
        "/",
        new Router(
            routes(model, options),
            new BrowserGuard(
                options.address(), options.apiKey().isEmpty(), options.allowedOrigins()),
            new ApiKey(options.apiKey()),
            options.limits().bodyTime(),
            options.accessLog()));
  }

  /**
   * Starts to listen and to answer.
   *
   * @throws IOException if the port is taken or may not be used; the message says which
   */
  public static LoupeServer start(Qwen2Vl model, ServerOptions options) throws IOException {
    return start(ServedModel.of(model, batch(model, options)), options);
  }

  /**
   * Lets the model answer nobody for some seconds, side by side as a server with these options
   * would, so that the first answers of the server come nearly as fast as all later ones.
   */
  public static void warmUp(Qwen2Vl model, ServerOptions options) {
    model.warmUp(batch(model, options));
  }

  private static int batch(Qwen2Vl model, ServerOptions options) {
    return options.batch().orElseGet(() -> fitting(model, options));
  }

  /**
   * As many as fit into the maximum heap size; by default that is a quarter of the memory. Planned
   * for pictures that are not above the usual limit.
   */
  private static int fitting(Qwen2Vl model, ServerOptions options) {
    GenerationOptions longest = options.answering().maxNewTokens(options.limits().newTokens());
    return ModelMemory.batch(
        Runtime.getRuntime().maxMemory(),
        new ModelMemory(model.config()).answer(PictureLimit.SAFE_TOKENS, longest));
  }

  /**
   * Checks that a server could listen, before a large model is loaded.
   *
   * @throws IOException if the port is taken or may not be used; the message says which
   */
  public static void requireFree(ServerOptions options) throws IOException {
    // Not an HttpServer: one that was never started keeps its port when it is stopped.
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(options.address());
    } catch (IOException e) {
      throw notPossible(options, e);
    }
  }

  /** The same with any model that answers. */
  static LoupeServer start(ServedModel model, ServerOptions options) throws IOException {
    return start(model, PictureDecoder.standard(), options);
  }

  /** The same with another decoder of pictures. */
  static LoupeServer start(ServedModel model, PictureDecoder decoder, ServerOptions options)
      throws IOException {
    try {
      LoupeServer server = new LoupeServer(model, decoder, options);
      server.http.start();
      return server;
    } catch (IOException e) {
      throw notPossible(options, e);
    }
  }

  private static IOException notPossible(ServerOptions options, IOException e) {
    return new IOException(
        "%s port %d: expected to listen there, found that it is not possible (%s); --port 0 takes any"
                .formatted(
                    options.address().getAddress().getHostAddress(),
                    options.address().getPort(),
                    e.getMessage())
            + " free port",
        e);
  }

  private Map<String, Route> routes(ServedModel model, ServerOptions options) {
    Limits limits = options.limits();
    RequestLimit requestLimit = RequestLimit.of(limits, model.batch());
    ModelRoutes models = new ModelRoutes(model, started);
    Page page = Page.load();
    String name = model.name();
    String openAiModels = "/v1/models/";
    String version = version();
    return Map.of(
        "POST /v1/chat/completions",
        new ChatRoute(
            name,
            limits,
            requestLimit,
            queue,
            new OpenAiRequests(limits, options.answering())::read,
            OpenAiFormat::of),
        "GET /v1/models",
        exchange -> exchange.json(200, models.openAiList()),
        "GET " + openAiModels,
        exchange ->
            exchange.json(200, models.openAi(exchange.path().substring(openAiModels.length()))),
        "GET /health",
        exchange -> exchange.json(200, Map.of("status", "ok", "pending", queue.pending())),
        "POST /api/chat",
        new ChatRoute(
            name,
            limits,
            requestLimit,
            queue,
            new OllamaRequests(limits, options.answering())::read,
            (served, request) -> OllamaFormat.of(served)),
        "GET /api/tags",
        exchange -> exchange.json(200, models.ollamaList()),
        "GET /api/version",
        exchange -> exchange.json(200, Map.of("version", version)),
        "GET /",
        page::send);
  }

  /** The version of Loupe; 0.0.0 outside its jar. */
  private static String version() {
    String version = LoupeServer.class.getPackage().getImplementationVersion();
    return version == null ? "0.0.0" : version;
  }

  /** The address that the server listens on, with the actual port. */
  public InetSocketAddress address() {
    return http.getAddress();
  }

  /** The address of the page and the start of all routes, such as {@code http://127.0.0.1:8080}. */
  public URI uri() {
    String host = address().getAddress().getHostAddress();
    return URI.create(
        "http://%s:%d"
            .formatted(host.contains(":") ? "[" + host + "]" : host, address().getPort()));
  }

  /** How many requests run or wait. */
  public int pending() {
    return queue.pending();
  }

  /**
   * Stops listening. Running and waiting requests get an error; the running ones end after their
   * current token, or after a prompt, and this method waits for them. A second call does nothing.
   */
  @Override
  public void close() {
    queue.close();
    http.stop(GRACE_SECONDS);
    handlers.shutdownNow();
    try {
      handlers.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
