package dev.loupe.server;

import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.jr.ob.JSON;

/** A client over real sockets, and the requests that tests send. */
final class Client implements AutoCloseable {

  static final String CHAT = "/v1/chat/completions";
  static final String OLLAMA = "/api/chat";
  static final String QUESTION = "What is in this picture?";

  /** What the built-in model says to scene-001 and {@link #QUESTION}. */
  static final String CAPTION =
      "A small blue triangle to the left of a small black ring on a white background.";

  private static final JSON FORMAT = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI server;

  Client(LoupeServer server) {
    this.server = server.uri();
  }

  /** A reply of one JSON object. */
  record Reply(int status, Map<String, Object> json, HttpResponse<?> response) {

    /** A value deep inside: {@code at("choices", 0, "message", "content")}. */
    Object at(Object... path) {
      Object value = json;
      for (Object step : path) {
        value =
            step instanceof Integer i ? ((List<?>) value).get(i) : ((Map<?, ?>) value).get(step);
      }
      return value;
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  static String text(Map<String, ?> object) {
    return FORMAT.asString(object);
  }

  static Map<String, Object> json(String text) {
    return FORMAT.mapFrom(text);
  }

  @SuppressWarnings("unchecked") // Objects of JSON have no other names.
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  Reply get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(server.resolve(path)));
  }

  Reply post(String path, Map<String, ?> body) throws IOException, InterruptedException {
    return post(path, text(body));
  }

  Reply post(String path, String body) throws IOException, InterruptedException {
    return send(request(path, body));
  }

  Reply send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    return new Reply(response.statusCode(), json(response.body()), response);
  }

  HttpRequest.Builder request(String path, String body) {
    return HttpRequest.newBuilder(server.resolve(path))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  /** The lines of a stream as they come; closing it hangs up. */
  Stream<String> stream(String path, Map<String, ?> body) throws IOException, InterruptedException {
    HttpResponse<Stream<String>> response =
        http.send(request(path, text(body)).build(), BodyHandlers.ofLines());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          response.statusCode() + " " + String.join("\n", response.body().toList()));
    }
    return response.body();
  }

  /** The text of a chat completion that comes as a stream. */
  String streamed(Map<String, Object> body) throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder();
    try (Stream<String> lines = stream(CHAT, with(body, "stream", true))) {
      lines
          .filter(line -> line.startsWith("data: {"))
          .map(line -> json(line.substring("data: ".length())))
          .map(chunk -> object(((List<?>) chunk.get("choices")).getFirst()))
          .map(choice -> object(choice.get("delta")).getOrDefault("content", ""))
          .forEach(text::append);
    }
    return text.toString();
  }

  HttpClient http() {
    return http;
  }

  URI uri(String path) {
    return server.resolve(path);
  }

  /** Closes all connections, also those with a request on them. */
  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }

  static Path scene(String name) {
    return TestFiles.scene(name);
  }

  static String base64(Path picture) throws IOException {
    return Base64.getEncoder().encodeToString(Files.readAllBytes(picture));
  }

  static Map<String, Object> picture(Path picture) throws IOException {
    return picture("data:image/png;base64," + base64(picture));
  }

  static Map<String, Object> picture(String url) {
    return Map.of("type", "image_url", "image_url", Map.of("url", url));
  }

  static Map<String, Object> part(String text) {
    return Map.of("type", "text", "text", text);
  }

  static Map<String, Object> message(String role, Object content) {
    return Map.of("role", role, "content", content);
  }

  /** A question about a scene. */
  static Map<String, Object> question(String scene) throws IOException {
    return message("user", List.of(picture(scene(scene)), part(QUESTION)));
  }

  /** A request with these messages, to which fields can be added. */
  static Map<String, Object> ask(Object... messages) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", "captioner");
    body.put("messages", new ArrayList<>(List.of(messages)));
    return body;
  }

  /** The same with one more field. */
  static Map<String, Object> with(Map<String, Object> body, String field, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(body);
    more.put(field, value);
    return more;
  }
}
