package dev.loupe.server;

import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.PromptTooLongException;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.io.Printable;
import java.time.Duration;
import java.util.Map;

/**
 * The reply to a request that gets no answer: the status, and the fields of OpenAI's error object.
 *
 * <p>Made without a stack trace: it is a reply, not a fault of the program.
 */
final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final String INVALID = "invalid_request_error";
  private static final String SERVER = "server_error";

  /** Long enough for a short answer to end, short enough for a person to wait. */
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** How many characters of a client's text a message shows. */
  private static final int SHOWN = 120;

  private final int status;
  private final String type;
  private final String code;

  /** The field that is wrong; empty if no single field is. */
  private final String param;

  /** More response headers. */
  private final transient Map<String, String> headers;

  private ApiError(
      int status,
      String type,
      String code,
      String param,
      String message,
      Map<String, String> headers) {
    super(Printable.escape(message), null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.headers = Map.copyOf(headers);
  }

  private static ApiError of(int status, String type, String code, String message) {
    return new ApiError(status, type, code, "", message, Map.of());
  }

  /** A text of a client in a message or in the log: short, and nothing in it acts on a terminal. */
  static String shown(String text) {
    return Printable.escape(text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...");
  }

  /** A time in a message, in seconds. */
  static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }

  /** 400: a field has a wrong type or value. */
  static ApiError field(String param, String message) {
    return new ApiError(400, INVALID, "invalid_value", param, param + ": " + message, Map.of());
  }

  /** 400: a field asks for something that Loupe does not support. */
  static ApiError unsupported(String param, String message) {
    return new ApiError(400, INVALID, "unsupported_value", param, param + ": " + message, Map.of());
  }

  /** 400: a picture cannot be used. */
  static ApiError picture(String param, String code, String message) {
    return new ApiError(400, INVALID, code, param, param + ": " + message, Map.of());
  }

  /** 400: the body is not a JSON object, or a field of it has a wrong type. */
  static ApiError json(JsonException e) {
    return e.field().isEmpty()
        ? of(400, INVALID, "invalid_json", "body: " + e.problem())
        : field(e.field(), e.problem());
  }

  /** 400: the body is no text. */
  static ApiError encoding() {
    return of(
        400,
        INVALID,
        "invalid_json",
        "body: expected a JSON object, found bytes that are not UTF-8");
  }

  /** 401. */
  static ApiError key() {
    return new ApiError(
        401,
        INVALID,
        "invalid_api_key",
        "",
        "API key: expected the header Authorization: Bearer KEY with the key that the server was"
            + " started with, found none or another",
        Map.of("WWW-Authenticate", "Bearer"));
  }

  /** 403: the request comes from a page of another site. */
  static ApiError foreign(String message) {
    return of(403, INVALID, "forbidden", message);
  }

  /** 404: no such route. */
  static ApiError route(String method, String path) {
    return of(
        404, INVALID, "unknown_url", "%s %s: no such route".formatted(shown(method), shown(path)));
  }

  /** 404: the request names a model that is not loaded. */
  static ApiError model(String found, String expected) {
    return new ApiError(
        404,
        INVALID,
        "model_not_found",
        "model",
        "model: expected %s, the one that is loaded, found %s".formatted(expected, shown(found)),
        Map.of());
  }

  /** 405. */
  static ApiError method(String path, String expected, String found) {
    return new ApiError(
        405,
        INVALID,
        "method_not_allowed",
        "",
        "%s: expected %s, found %s".formatted(shown(path), expected, shown(found)),
        Map.of("Allow", expected));
  }

  /** 408: the body did not arrive in time. */
  static ApiError slowBody(Duration limit) {
    return of(
        408,
        INVALID,
        "request_timeout",
        "body: expected it complete within %s, found it incomplete".formatted(seconds(limit)));
  }

  /** 413. */
  static ApiError tooLarge(long limit) {
    return of(
        413,
        INVALID,
        "request_too_large",
        ("body: expected at most %d bytes, found more; send smaller or fewer pictures, or start the"
                + " server with a larger --max-body")
            .formatted(limit));
  }

  /** 503: the queue is full. */
  static ApiError busy(int waiting) {
    return new ApiError(
        503,
        SERVER,
        "server_busy",
        "",
        "queue: expected at most %d waiting requests, found it full; try again later"
            .formatted(waiting),
        Map.of("Retry-After", Long.toString(RETRY.toSeconds())));
  }

  /** 503: the server is shutting down. */
  static ApiError ending() {
    return of(503, SERVER, "server_shutting_down", "server: it is shutting down");
  }

  /** 504: no answer in time. */
  static ApiError slowAnswer(Duration limit) {
    return of(
        504,
        SERVER,
        "answer_timeout",
        ("answer: expected it complete within %s, found it incomplete; ask for fewer tokens, send"
                + " smaller pictures, or start the server with a larger --answer-timeout")
            .formatted(seconds(limit)));
  }

  /** The reply to a request that the model refused, or at which it failed. */
  static ApiError ofModel(Throwable failure) {
    return switch (failure) {
      case ApiError error -> error;
      case PromptTooLongException e ->
          new ApiError(
              400, INVALID, "context_length_exceeded", "messages", e.getMessage(), Map.of());
      case IllegalArgumentException e when isOurs(e) ->
          of(400, INVALID, "invalid_value", e.getMessage());
      case NonFiniteLogitsException e -> of(500, SERVER, "non_finite_scores", e.getMessage());
      case InvalidDistributionException e ->
          of(500, SERVER, "non_finite_scores", e.getMessage() + ". " + e.remedy());
      case OutOfMemoryError e ->
          of(503, SERVER, "out_of_memory", "memory: not enough for this request");
      default -> of(500, SERVER, "internal_error", "internal error; the server's log has more");
    };
  }

  /** Whether Loupe says what is wrong; an exception of the JDK speaks of the inside. */
  private static boolean isOurs(Exception e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length > 0 && trace[0].getClassName().startsWith("dev.loupe.");
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  /** Whether the cause is a defect of the program; then it belongs in the log. */
  boolean isInternal() {
    return code.equals("internal_error");
  }

  /** As OpenAI writes it: {@code {"error":{"message","type","param","code"}}}. */
  Map<String, Object> openAi() {
    String named = param.isEmpty() ? null : param;
    return Map.of(
        "error", Json.object("message", getMessage(), "type", type, "param", named, "code", code));
  }

  /** As Ollama writes it: {@code {"error":"..."}}. */
  Map<String, Object> ollama() {
    return Map.of("error", getMessage());
  }
}
