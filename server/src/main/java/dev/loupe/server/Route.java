package dev.loupe.server;

import java.io.IOException;

/** What the server does at one address. */
@FunctionalInterface
interface Route {

  /**
   * Replies.
   *
   * @throws ApiError to reply with an error instead, as long as nothing was sent
   * @throws IOException if the client has gone
   */
  void handle(Exchange exchange) throws IOException, InterruptedException;
}
