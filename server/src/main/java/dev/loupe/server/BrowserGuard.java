package dev.loupe.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Stops pages of other sites from using the model through the user's browser.
 *
 * <p>Without a key, the {@code Host} header of a request must name this machine: a page can let the
 * name of its own site resolve to 127.0.0.1 (DNS rebinding), but it cannot send another name. The
 * {@code Origin} header, in which a browser names the page that sends the request, must name this
 * server or an allowed origin. With a key neither is checked, because no foreign page knows the
 * key.
 *
 * <p>A browser shows replies to pages of allowed origins only: other replies have no CORS headers.
 * Before a request with a key or with JSON it asks whether the page may send it. That question, the
 * preflight, never has the key, so it is answered without one.
 *
 * @param server the address of the server
 * @param open whether there is no key
 * @param allowed the origins of other pages that may use the server, in lower case
 */
record BrowserGuard(InetSocketAddress server, boolean open, Set<String> allowed) {

  /** The names of headers, as the grammar of HTTP has them, between commas. */
  private static final Pattern HEADERS = Pattern.compile("[-!#$%&'*+.^_`|~0-9A-Za-z, ]{1,1000}");

  /** Long enough for a conversation; Chrome keeps a permission for two hours at most. */
  private static final String PERMISSION_SECONDS = "600";

  /** Refuses a request of a foreign page. The reply to an allowed one gets its headers. */
  void check(Exchange exchange) {
    Optional<String> origin = exchange.requestHeader("Origin");
    boolean known = origin.isPresent() && isAllowed(origin.get());
    if (known) {
      exchange.header("Access-Control-Allow-Origin", origin.get());
      exchange.header("Access-Control-Expose-Headers", "Retry-After");
      exchange.header("Vary", "Origin");
    }
    if (open) {
      String host = requireThisMachine(exchange);
      if (origin.isPresent() && !known && !origin.get().equalsIgnoreCase("http://" + host)) {
        throw ApiError.foreign(
            "Origin: expected http://%s, the server's own page, found %s; %s"
                .formatted(host, ApiError.shown(origin.get()), remedy(origin.get())));
      }
    } else if (isPreflight(exchange) && !known) {
      throw ApiError.foreign(
          "Origin: expected a page that may use this server, found %s; %s"
              .formatted(ApiError.shown(origin.orElseThrow()), remedy(origin.orElseThrow())));
    }
    if (known && isPreflight(exchange)) {
      exchange.header("Access-Control-Allow-Methods", "GET, POST");
      exchange.header("Access-Control-Max-Age", PERMISSION_SECONDS);
      exchange
          .requestHeader("Access-Control-Request-Headers")
          .filter(names -> HEADERS.matcher(names).matches())
          .ifPresent(names -> exchange.header("Access-Control-Allow-Headers", names));
    }
  }

  /** Whether a browser asks if a page may send a request. */
  boolean isPreflight(Exchange exchange) {
    return exchange.method().equals("OPTIONS")
        && exchange.requestHeader("Origin").isPresent()
        && exchange.requestHeader("Access-Control-Request-Method").isPresent();
  }

  private boolean isAllowed(String origin) {
    return allowed.contains(origin.toLowerCase(Locale.ROOT));
  }

  private static String remedy(String origin) {
    return AllowedOrigin.isPossible(origin)
        ? "to allow it, start the server with --allow-origin " + ApiError.shown(origin)
        : "such a page cannot be allowed; open it from a web server, and allow that with"
            + " --allow-origin";
  }

  private String requireThisMachine(Exchange exchange) {
    String host =
        exchange
            .requestHeader("Host")
            .orElseThrow(
                () -> ApiError.foreign("Host: expected this machine, found no such header"));
    if (!isThisMachine(host)) {
      throw ApiError.foreign(
          "Host: expected localhost or a loopback address, found %s; other names need --api-key"
              .formatted(ApiError.shown(host)));
    }
    return host;
  }

  private boolean isThisMachine(String host) {
    String name;
    try {
      URI uri = new URI("http://" + host);
      boolean plain = host.equals(uri.getRawAuthority()) && uri.getRawUserInfo() == null;
      name = plain && uri.getHost() != null ? uri.getHost() : "";
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
