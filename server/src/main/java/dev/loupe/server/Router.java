package dev.loupe.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Finds the route of a request, and turns a failure into an error of the protocol to which the path
 * belongs.
 *
 * @param routes by method and path, such as {@code GET /health}; a path that ends in a slash is for
 *     all paths below it, and the longest match counts
 * @param guard against foreign pages
 * @param key that requests must send, except to {@code /} and {@code /health}
 * @param patience time for a body to arrive, and for a client to take each piece of the reply
 * @param log receives a line for each request
 */
record Router(
    Map<String, Route> routes,
    BrowserGuard guard,
    ApiKey key,
    Duration patience,
    Consumer<String> log)
    implements HttpHandler {

  private static final Logger LOG = System.getLogger(Router.class.getName());

  private static final String OLLAMA = "/api/";

  /** The status that nginx logs for a client that did not wait. */
  private static final int CLIENT_GONE = 499;

  /**
   * Answers a request.
   *
   * @throws IOException if the connection is of no use any more. The JDK's server closes a
   *     connection for good only then: one that its exchange closed is kept, and counts against the
   *     largest number of connections
   */
  @Override
  public void handle(HttpExchange http) throws IOException {
    long start = System.nanoTime();
    Exchange exchange = new Exchange(http, patience);
    boolean gone = true;
    try {
      reply(exchange);
      gone = false;
      exchange.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the server ends", e);
    } finally {
      exchange.stopReading();
      log.accept(
          "%s %s %s %d %d ms"
              .formatted(
                  exchange.client(),
                  ApiError.shown(exchange.method()),
                  ApiError.shown(exchange.path()),
                  gone ? CLIENT_GONE : exchange.status(),
                  Duration.ofNanos(System.nanoTime() - start).toMillis()));
    }
  }

  private void reply(Exchange exchange) throws IOException, InterruptedException {
    ApiError error;
    try {
      guard.check(exchange);
      if (guard.isPreflight(exchange)) {
        exchange.sendNothing();
      } else {
        route(exchange).handle(exchange);
      }
      return;
    } catch (ApiError e) {
      error = e;
    } catch (RuntimeException | Error e) {
      error = ApiError.ofModel(e);
      if (error.isInternal()) {
        LOG.log(Logger.Level.ERROR, "a request failed", e);
      }
    }
    if (exchange.status() == 0) {
      exchange.skipBody();
      error.headers().forEach(exchange::header);
      boolean ollama = exchange.path().startsWith(OLLAMA);
      exchange.json(error.status(), ollama ? error.ollama() : error.openAi());
    }
  }

  private Route route(Exchange exchange) {
    String path = exchange.path();
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    if (!path.equals("/") && !path.equals("/health")) {
      key.check(exchange);
    }
    String pattern = pattern(path);
    Route route = routes.get(method + " " + pattern);
    if (route == null) {
      for (String other : new String[] {"GET", "POST"}) {
        if (routes.containsKey(other + " " + pattern)) {
          throw ApiError.method(path, other, exchange.method());
        }
      }
      throw ApiError.route(exchange.method(), path);
    }
    return route;
  }

  /** The path, or the longest folder above it that has a route. */
  private String pattern(String path) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      String folder = path.substring(0, slash + 1);
      if (slash + 1 < path.length() && routes.containsKey("GET " + folder)) {
        return folder;
      }
    }
    return path;
  }
}
