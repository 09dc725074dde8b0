package dev.loupe.server;

import com.sun.net.httpserver.HttpExchange;
import dev.loupe.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A request and its response, with the headers that every response has. */
final class Exchange {

  private static final int PIECE = 1 << 16;
  private static final String JSON = "application/json";

  private final HttpExchange http;
  private final Duration patience;
  private Optional<Thread> reader = Optional.empty();
  private int status;

  /**
   * @param patience time for the body to arrive, and for the client to take each piece of the reply
   */
  Exchange(HttpExchange http, Duration patience) {
    this.http = http;
    this.patience = patience;
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
   *
   * @param limit of its bytes
   * @throws ApiError if it is larger, or does not arrive in time
   */
  byte[] body(int limit) throws IOException, InterruptedException {
    FutureTask<byte[]> reading = new FutureTask<>(() -> read(http.getRequestBody(), limit));
    reader = Optional.of(Thread.ofVirtual().name("loupe-body").start(reading));
    try {
      return reading.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw ApiError.slowBody(patience);
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
  void skipBody() throws IOException, InterruptedException {
    if (reader.isEmpty()) {
      try {
        body(0);
      } catch (ApiError e) {
        return; // The body is too large or too slow, but the reply has another reason.
      }
    }
  }

  /** Sends an object. */
  void json(int code, Map<String, ?> object) throws IOException, InterruptedException {
    send(code, JSON, Json.write(object).getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a whole body. */
  void send(int code, String type, byte[] body) throws IOException, InterruptedException {
    header("Content-Type", type);
    status = code;
    boolean head = method().equals("HEAD");
    patiently(() -> {
      http.sendResponseHeaders(code, head || body.length == 0 ? -1 : body.length);
      if (!head && body.length > 0) {
        http.getResponseBody().write(body);
        http.getResponseBody().flush();
      }
    });
  }

  /** Sends a reply without a body. */
  void sendNothing() throws IOException, InterruptedException {
    status = 204;
    patiently(() -> http.sendResponseHeaders(status, -1));
  }

  /** Begins a body of unknown length. */
  void startStream(String type) throws IOException, InterruptedException {
    header("Content-Type", type);
    // Otherwise proxies such as nginx collect the pieces.
    header("X-Accel-Buffering", "no");
    status = 200;
    patiently(() -> http.sendResponseHeaders(status, 0));
  }

  /** Sends a piece of that body. */
  void sendPiece(String piece) throws IOException, InterruptedException {
    patiently(() -> {
      http.getResponseBody().write(piece.getBytes(StandardCharsets.UTF_8));
      http.getResponseBody().flush();
    });
  }

  private interface Sending {
    void send() throws IOException;
  }

  /**
   * Sends something. A client that takes nothing could hold the sender for ever; an interrupt
   * closes its connection.
   */
  private void patiently(Sending sending) throws IOException, InterruptedException {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          sending.send();
          return null;
        });
    Thread sender = Thread.ofVirtual().name("loupe-reply").start(task);
    try {
      task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("the client takes no reply", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException gone) {
        throw new IOException("the reply broke off", gone);
      }
      throw new IllegalStateException("the reply was not sent", e.getCause());
    } finally {
      sender.interrupt();
    }
  }

  /**
   * Ends the exchange. The connection waits for another request, unless this one's body is still
   * being read.
   *
   * @throws IOException if the connection cannot be used for another
   */
  void close() throws IOException, InterruptedException {
    stopReading();
    patiently(() -> {
      http.getRequestBody().close();
      http.getResponseBody().close();
    });
  }

  /** Ends the connection if the body is still being read. */
  void stopReading() {
    reader.filter(Thread::isAlive).ifPresent(Thread::interrupt);
  }
}
