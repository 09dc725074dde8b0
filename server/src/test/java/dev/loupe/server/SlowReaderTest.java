package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Timings;
import dev.loupe.engine.TokenListener;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that ask and then stop to read hold no place for ever. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowReaderTest {

  /** More than the buffers of both ends of a connection hold. */
  private static final String WORD = "word ".repeat(200_000);

  private static final int WORDS = 40;

  /** Says more than a connection can hold. */
  private record LongAnswer() implements OneByOne {
    @Override
    public String name() {
      return "talker";
    }

    @Override
    public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
      for (int i = 0; i < WORDS; i++) {
        if (!listener.token(i, WORD)) {
          break;
        }
      }
      return new Generation(
          WORD.repeat(WORDS),
          List.of(1),
          FinishReason.STOP,
          1,
          0,
          0,
          List.of(),
          new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }
  }

  private static Limits limits() {
    return Limits.defaults().waiting(1).bodyTime(Duration.ofSeconds(1));
  }

  private static Socket ask(LoupeServer server, String path, boolean stream) throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(1 << 12);
    socket.connect(
        new InetSocketAddress(server.address().getAddress(), server.address().getPort()));
    Map<String, Object> fields = with(Client.ask(message("user", "Hello")), "model", "talker");
    byte[] body = Client.text(with(fields, "stream", stream)).getBytes(StandardCharsets.UTF_8);
    String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    socket
        .getOutputStream()
        .write(head.formatted(path, body.length).getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body);
    return socket;
  }

  @ParameterizedTest
  @CsvSource({CHAT + ", true", CHAT + ", false", OLLAMA + ", true", OLLAMA + ", false"})
  void aReaderThatStopsLosesItsConnectionAndItsPlace(String path, boolean stream) throws Exception {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    ServerOptions options = ServerOptions.defaults().port(0).limits(limits());
    try (LoupeServer server = LoupeServer.start(new LongAnswer(), options.accessLog(log::add));
        Client client = new Client(server)) {
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        sockets.add(ask(server, path, stream));
      }
      Await.until("both connections are given up", () -> log.size() == 2);
      assertThat(log).allMatch(line -> line.contains(path + " 499 "));
      assertThat(server.pending()).isZero();
      Map<String, Object> hello = with(Client.ask(message("user", "Hello")), "model", "talker");
      assertThat(client.post(CHAT, hello).status()).isEqualTo(200);
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Replies to requests sent in advance fill the connection before the last one is answered. */
  @Test
  void aClientThatAsksWithoutEverReadingLosesItsConnection() throws Exception {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    ServerOptions options = ServerOptions.defaults().port(0).limits(limits());
    try (LoupeServer server = LoupeServer.start(new LongAnswer(), options.accessLog(log::add));
        Socket socket = new Socket()) {
      socket.setReceiveBufferSize(1 << 12);
      socket.connect(
          new InetSocketAddress(server.address().getAddress(), server.address().getPort()));
      byte[] get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 1000; i++) {
        socket.getOutputStream().write(get);
      }
      Await.until(
          "the connection is given up",
          () -> log.stream().anyMatch(line -> line.contains(" GET / 499 ")));
    }
  }
}
