package dev.loupe.server;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Requests with headers that Java's own client writes itself, or refuses to write. */
final class RawRequest {

  private RawRequest() {}

  /** The status of a reply to a request without a body. */
  static int status(LoupeServer server, String method, String path, String host, String... headers)
      throws IOException {
    return Integer.parseInt(reply(server, method, path, host, headers).split(" ")[1]);
  }

  /** The whole reply: status line, headers and body. */
  static String reply(
      LoupeServer server, String method, String path, String host, String... headers)
      throws IOException {
    StringBuilder request = new StringBuilder("%s %s HTTP/1.1\r\n".formatted(method, path));
    request.append("Host: ").append(host).append("\r\nConnection: close\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    request.append("\r\n");
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
