package dev.loupe.server;

import java.io.IOException;

/** The replies of the server at one path. */
@FunctionalInterface
interface Route {

  /**
   * Replies.
   *
   * @throws ApiError to reply with an error instead, while nothing is sent yet
   * @throws IOException if the client has gone
   */
  void handle(Exchange exchange) throws IOException, InterruptedException;
}
