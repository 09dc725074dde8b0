package dev.loupe.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Stops pages of other sites from using the model through the user's browser.
 *
 * <p>Without a key, the {@code Host} header of a request must name this machine: a page can let the
 * name of its own site resolve to 127.0.0.1 (DNS rebinding), but it cannot send another name. The
 * {@code Origin} header, in which a browser names the page that sends the request, must name this
 * server. With a key neither is checked, because no foreign page knows the key. No response has
 * CORS headers.
 *
 * @param server the address of the server
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

  /** For addresses in digits only: no name is looked up. */
  private static boolean isLoopback(String name) {
    try {
      return InetAddress.ofLiteral(name).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
