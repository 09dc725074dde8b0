package dev.loupe.server;

import com.sun.net.httpserver.HttpExchange;
import dev.loupe.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A request and its response, with the headers that every response has. */
final class Exchange {

  private static final int PIECE = 1 << 16;
  private static final String JSON = "application/json";

  private final HttpExchange http;
  private Optional<Thread> reader = Optional.empty();
  private int status;

  Exchange(HttpExchange http) {
    this.http = http;
    // If the body is never opened, closing ends the connection too.
    http.getRequestBody();
    // An answer is for its client alone: no cache and no other page may read it.
    header("Cache-Control", "no-store");
    header("X-Content-Type-Options", "nosniff");
    header("Cross-Origin-Resource-Policy", "same-origin");
    header("Referrer-Policy", "no-referrer");
  }

  String method() {
    return http.getRequestMethod();
  }

  String path() {
    return Optional.ofNullable(http.getRequestURI().getPath()).orElse("");
  }

  /** A header of the request. */
  Optional<String> requestHeader(String name) {
    return Optional.ofNullable(http.getRequestHeaders().getFirst(name));
  }

  /** Sets a header of the response. */
  void header(String name, String value) {
    http.getResponseHeaders().set(name, value);
  }

  /** The address of the client, for the log. */
  String client() {
    return http.getRemoteAddress().getAddress().getHostAddress();
  }

  /** The status that was sent; 0 before. */
  int status() {
    return status;
  }

  ConnectionProbe probe() {
    return new ConnectionProbe(http.getLocalAddress(), http.getRemoteAddress());
  }

  /**
   * Reads the body. A body that is too large is also read to its end, and dropped: most clients
   * read no reply before they have sent everything.
   */
  byte[] body(int limit, Duration time) throws IOException, InterruptedException {
    CompletableFuture<byte[]> body = new CompletableFuture<>();
    reader =
        Optional.of(
            Thread.ofVirtual()
                .name("loupe-body")
                .start(() -> {
                  try {
                    body.complete(read(http.getRequestBody(), limit));
                  } catch (IOException | RuntimeException e) {
                    body.completeExceptionally(e);
                  }
                }));
    try {
      return body.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw ApiError.slowBody(time);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ApiError error) {
        throw error;
      }
      throw new IOException("the request broke off", e.getCause());
    }
  }

  private static byte[] read(InputStream in, int limit) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] piece = new byte[PIECE];
    long total = 0;
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      total += n;
      if (total <= limit) {
        kept.write(piece, 0, n);
      }
    }
    if (total > limit) {
      throw ApiError.tooLarge(limit);
    }
    return kept.toByteArray();
  }

  /** Reads and drops the body, before a reply that does not depend on it; see {@link #body}. */
  void skipBody(Duration time) throws IOException, InterruptedException {
    if (reader.isEmpty()) {
      try {
        body(0, time);
      } catch (ApiError e) {
        return; // The body is too large or too slow, but the reply has another reason.
      }
    }
  }

  /** Sends an object. */
  void json(int code, Map<String, ?> object) throws IOException {
    send(code, JSON, Json.write(object).getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a whole body. */
  void send(int code, String type, byte[] body) throws IOException {
    header("Content-Type", type);
    status = code;
    boolean head = method().equals("HEAD");
    http.sendResponseHeaders(code, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      http.getResponseBody().write(body);
      http.getResponseBody().flush();
    }
  }

  /** Begins a body of unknown length. Each flush sends what was written. */
  OutputStream stream(String type) throws IOException {
    header("Content-Type", type);
    // Otherwise proxies such as nginx collect the pieces.
    header("X-Accel-Buffering", "no");
    status = 200;
    http.sendResponseHeaders(200, 0);
    return http.getResponseBody();
  }

  /** Ends the exchange. If the body is still being read, the connection ends too. */
  void close() {
    reader.filter(Thread::isAlive).ifPresent(Thread::interrupt);
    http.close();
  }
}
