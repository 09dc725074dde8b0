package dev.loupe.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Keeps pages of other sites from using the model through the browser of whoever runs it.
 *
 * <p>Without a key, a request must name this machine in its {@code Host} header, for a page can
 * have the name of its own site resolve to 127.0.0.1 (DNS rebinding) but not send another name; and
 * a browser that says for which page it asks ({@code Origin}) must say this server's own. With a
 * key neither matters, for no foreign page knows it. No response carries CORS headers.
 *
 * @param server where it listens
 * @param open whether there is no key
 */
record BrowserGuard(InetSocketAddress server, boolean open) {

  void check(Exchange exchange) {
    if (!open) {
      return;
    }
    String host =
        exchange
            .requestHeader("Host")
            .orElseThrow(
                () -> ApiError.foreign("Host: expected this machine, found no such header"));
    if (!isThisMachine(host)) {
      throw ApiError.foreign(
          "Host: expected localhost or a loopback address, found %s; other names need --api-key"
              .formatted(host));
    }
    Optional<String> origin = exchange.requestHeader("Origin");
    if (origin.isPresent() && !origin.get().equalsIgnoreCase("http://" + host)) {
      throw ApiError.foreign(
          "Origin: expected http://%s, the server's own page, found %s"
              .formatted(host, origin.get()));
    }
  }

  private boolean isThisMachine(String host) {
    String name;
    try {
      name = Optional.ofNullable(new URI("http://" + host).getHost()).orElse("");
    } catch (URISyntaxException e) {
      return false;
    }
    return name.toLowerCase(Locale.ROOT).equals("localhost")
        || name.equalsIgnoreCase(server.getHostString())
        || isLoopback(name);
  }

  /** Of numbers only: nothing is looked up. */
  private static boolean isLoopback(String name) {
    try {
      return InetAddress.ofLiteral(name).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
