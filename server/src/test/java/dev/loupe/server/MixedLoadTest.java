package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.base64;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.question;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Good and bad requests of many clients at once: nothing piles up, and no thread is left. */
class MixedLoadTest {

  private static final int CLIENTS = 8;
  private static final int ROUNDS = 4;
  private static final int WARM_UP_EACH = 8;
  private static final int TOKENS = 8;
  private static final int LONG = 60;
  private static final String SCENE = "scene-001";

  /** What may stay on the heap: 128 bytes for each of eight thousand requests. */
  private static final long MAX_GROWTH = 1 << 20;

  @TempDir Path folder;

  private final LongAdder requests = new LongAdder();

  /** A kind of request, and the check of what comes back. */
  private interface Kind {
    void send(Client client) throws Exception;
  }

  @Test
  void aShareOfEightThousandRequestsLeavesNothing() throws Exception {
    mixedRequests(24);
  }

  @Test
  @Tag("exhaustive")
  void eightThousandRequestsOfEightClientsLeaveNothing() throws Exception {
    mixedRequests(1000);
  }

  private void mixedRequests(int each) throws Exception {
    List<Long> heaps = new ArrayList<>();
    Limits limits = Limits.defaults().decodeTime(Duration.ofSeconds(5));
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      try (LoupeServer server =
          LoupeServer.start(model, ServerOptions.defaults().port(0).limits(limits))) {
        List<Kind> kinds = new ArrayList<>(good(model));
        kinds.addAll(refused());
        kinds.addAll(brokenOff(server));
        askAll(server, kinds, WARM_UP_EACH);
        heaps.add(usedHeap());
        for (int round = 0; round < ROUNDS; round++) {
          askAll(server, kinds, each / ROUNDS);
          Await.until("the queue is empty", () -> server.pending() == 0);
          heaps.add(usedHeap());
        }
      }
    }
    System.out.printf("figures: %d requests, heap %s kB%n", requests.sum(), kilobytes(heaps));
    assertThat(heaps.getLast()).isLessThan(heaps.getFirst() + MAX_GROWTH);
    ShutdownTest.assertNothingRuns();
    assertThat(serverThreads()).isEmpty();
  }

  private static List<Long> kilobytes(List<Long> bytes) {
    return bytes.stream().map(b -> b >> 10).toList();
  }

  private void askAll(LoupeServer server, List<Kind> kinds, int each) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Callable<Void>> work = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        int first = c * kinds.size() / CLIENTS;
        work.add(() -> {
          try (Client client = new Client(server)) {
            for (int i = 0; i < each; i++) {
              kinds.get((first + i) % kinds.size()).send(client);
              requests.increment();
            }
          }
          return null;
        });
      }
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    }
  }

  private static List<Kind> good(Qwen2Vl model) throws IOException {
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(TOKENS);
    Prompt prompt = Prompt.create().image(scene(SCENE)).text(Client.QUESTION);
    String caption = model.generate(prompt, options).text();
    Map<String, Object> openAi = with(ask(question(SCENE)), "max_tokens", TOKENS);
    Map<String, Object> ollama =
        with(
            ask(
                Map.of(
                    "role",
                    "user",
                    "content",
                    Client.QUESTION,
                    "images",
                    List.of(base64(scene(SCENE))))),
            "options",
            Map.of("num_predict", TOKENS));
    return List.of(
        client ->
            assertThat(reply(client, CHAT, openAi, 200).at("choices", 0, "message", "content"))
                .isEqualTo(caption),
        client ->
            assertThat(
                    reply(client, OLLAMA, with(ollama, "stream", false), 200)
                        .at("message", "content"))
                .isEqualTo(caption),
        client -> {
          try (Stream<String> lines = client.stream(CHAT, with(openAi, "stream", true))) {
            assertThat(lines.filter(line -> !line.isEmpty()).toList().getLast())
                .isEqualTo("data: [DONE]");
          }
        },
        client -> {
          try (Stream<String> lines = client.stream(OLLAMA, ollama)) {
            assertThat(lines.toList().getLast()).contains("\"done\":true");
          }
        },
        client -> reply(client, CHAT, with(ask(message("user", "Hello")), "max_tokens", 2), 200),
        client -> assertThat(client.get("/health").status()).isEqualTo(200));
  }

  private static List<Kind> refused() {
    Map<String, Object> hello = ask(message("user", "Hello"));
    return List.of(
        client -> reply(client, CHAT, "{\"messages\":" + "[".repeat(5000), 400),
        client -> reply(client, OLLAMA, "null", 400),
        client -> reply(client, CHAT, with(hello, "temperature", 1e-320), 400),
        client -> reply(client, CHAT, with(hello, "model", "other"), 404),
        client -> reply(client, CHAT, ask(message("user", "word ".repeat(50_000))), 400),
        client ->
            reply(client, CHAT, ask(message("user", List.of(picture("http://127.0.0.1/")))), 400),
        client ->
            reply(
                client,
                CHAT,
                ask(message("user", List.of(picture("data:image/png;base64,iVBORw0KGgo=")))),
                400),
        client -> reply(client, OLLAMA, with(hello, "format", "json"), 400),
        client -> assertThat(client.get("/nope").status()).isEqualTo(404),
        client ->
            assertThat(
                    client
                        .send(client.request(CHAT, "{}").header("Origin", "https://evil.example"))
                        .status())
                .isEqualTo(403));
  }

  /** Clients that hang up: in the body, while they wait, and in the stream. */
  private static List<Kind> brokenOff(LoupeServer server) throws IOException {
    Map<String, Object> talk =
        with(
            with(
                ask(message("user", List.of(picture(scene(SCENE)), part("?")))),
                "max_tokens",
                LONG),
            "min_tokens",
            LONG);
    byte[] body = Client.text(talk).getBytes(StandardCharsets.UTF_8);
    return List.of(
        client -> hangUp(server, body, body.length / 2),
        client -> hangUp(server, body, body.length),
        client -> {
          try (Stream<String> lines = client.stream(CHAT, with(talk, "stream", true))) {
            lines.limit(2).forEach(line -> {});
          }
        });
  }

  private static void hangUp(LoupeServer server, byte[] body, int sent) throws IOException {
    String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket
          .getOutputStream()
          .write(head.formatted(CHAT, body.length).getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body, 0, sent);
    }
  }

  private static Client.Reply reply(
      Client client, String path, Map<String, Object> body, int status) throws Exception {
    return reply(client, path, Client.text(body), status);
  }

  private static Client.Reply reply(Client client, String path, String body, int status)
      throws Exception {
    Client.Reply reply = client.post(path, body);
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(status);
    return reply;
  }

  private static long usedHeap() throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  /** All threads of the server, the virtual ones too, which only a dump shows. */
  private List<String> serverThreads() throws IOException, InterruptedException {
    List<String> found = List.of();
    for (int i = 0; i < 50; i++) {
      Path dump = folder.resolve("threads-" + i);
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
      found = Files.readAllLines(dump).stream().filter(l -> l.contains("\"loupe-")).toList();
      if (found.isEmpty()) {
        return found;
      }
      Thread.sleep(100);
    }
    return found;
  }
}
