package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.OLLAMA;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.base64;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.picture;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Timings;
import dev.loupe.engine.TokenListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mutated requests of both protocols are answered or refused, never a failure of the server. */
class RequestFuzzTest {

  private static final long SEED = 20261128;
  private static final int CLIENTS = 4;

  /** One answer in so many is the real model's, which takes a thousand times as long. */
  private static final int REAL = 64;

  private static final Duration SHARE = Duration.ofSeconds(10);

  /** Five seconds are the aim; the rest is for a machine that others use too. */
  private static final Duration HANG = Duration.ofSeconds(20);

  /** Small pictures and answers, so that there is time for many requests. */
  private static final Limits LIMITS =
      Limits.defaults()
          .newTokens(2)
          .bodyBytes(1 << 20)
          .picturePixels(4_000_000)
          .decodeTime(Duration.ofSeconds(2));

  /** A model of which most answers are empty. */
  private static final class MostlySilent implements OneByOne {
    private final Qwen2Vl real;
    private final AtomicLong asked = new AtomicLong();

    MostlySilent(Qwen2Vl model) {
      this.real = model;
    }

    @Override
    public String name() {
      return real.name();
    }

    @Override
    public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
      if (asked.incrementAndGet() % REAL == 0) {
        return real.generate(prompt, options, listener);
      }
      Timings none = new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO);
      return new Generation("", List.of(), FinishReason.STOP, 1, 0, 0, List.of(), none);
    }
  }

  @Test
  void mutatedRequestsAreAnsweredOrRefused() throws Exception {
    mutatedRequests(Long.MAX_VALUE, SHARE);
  }

  @Test
  @Tag("exhaustive")
  void aMillionMutatedRequestsAreAnsweredOrRefused() throws Exception {
    mutatedRequests(1_000_000, Duration.ofHours(3));
  }

  private static void mutatedRequests(long limit, Duration time) throws Exception {
    AtomicLong next = new AtomicLong();
    AtomicLong slowest = new AtomicLong();
    long end = System.nanoTime() + time.toNanos();
    Map<String, Integer> all = new TreeMap<>();
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
        GenerationQueue queue = queue(new MostlySilent(model));
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket accepted = listener.accept();
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      Router router = router(model.name(), queue);
      List<Future<Map<String, Integer>>> clients = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        clients.add(threads.submit(() -> sendAll(router, accepted, next, limit, end, slowest)));
      }
      for (Future<Map<String, Integer>> done : clients) {
        done.get().forEach((status, n) -> all.merge(status, n, Integer::sum));
      }
      assertThat(client.isConnected()).isTrue();
      Await.until("the queue is empty", () -> queue.pending() == 0);
    }
    System.out.printf(
        "figures: mutated requests %s, slowest %d ms%n", all, slowest.get() / 1_000_000);
    assertThat(all).containsKeys("chat 200", "chat 400", "api/chat 200", "api/chat 400");
    assertThat(Duration.ofNanos(slowest.get())).isLessThan(HANG);
  }

  private static GenerationQueue queue(ServedModel model) {
    return new GenerationQueue(
        model,
        new RequestPictures(PictureDecoder.standard(), LIMITS, (picture, _) -> picture),
        _ -> AnswerWatch.NONE);
  }

  /** The two routes without the sockets of a server. */
  private static Router router(String model, GenerationQueue queue) {
    ServerOptions options = ServerOptions.defaults();
    RequestLimit limit = RequestLimit.of(LIMITS, 1);
    Route openAi =
        new ChatRoute(
            model,
            LIMITS,
            limit,
            queue,
            new OpenAiRequests(LIMITS, options.answering())::read,
            OpenAiFormat::of);
    Route ollama =
        new ChatRoute(
            model,
            LIMITS,
            limit,
            queue,
            new OllamaRequests(LIMITS, options.answering())::read,
            (name, request) -> OllamaFormat.of(name));
    return new Router(
        Map.of("POST " + CHAT, openAi, "POST " + OLLAMA, ollama),
        new BrowserGuard(options.address(), true, Set.of()),
        new ApiKey(Optional.empty()),
        LIMITS.bodyTime(),
        line -> {});
  }

  private static Map<String, Integer> sendAll(
      Router router, Socket connection, AtomicLong next, long limit, long end, AtomicLong slowest)
      throws IOException {
    RequestMutations openAi = new RequestMutations(SEED, openAiRequests());
    RequestMutations ollama = new RequestMutations(SEED, ollamaRequests());
    Map<String, Integer> count = new TreeMap<>();
    for (long i = next.getAndIncrement();
        i < limit && System.nanoTime() < end;
        i = next.getAndIncrement()) {
      boolean isOpenAi = i % 2 == 0;
      byte[] body = (isOpenAi ? openAi : ollama).body(i);
      DirectExchange exchange = new DirectExchange(connection, isOpenAi ? CHAT : OLLAMA, body);
      long start = System.nanoTime();
      router.handle(exchange);
      slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
      requireExpected(exchange, i);
      count.merge((isOpenAi ? "chat " : "api/chat ") + exchange.getResponseCode(), 1, Integer::sum);
    }
    return count;
  }

  private static void requireExpected(DirectExchange exchange, long number) {
    int status = exchange.getResponseCode();
    if (status == 400 || status == 404 || status == 413) {
      ErrorWords.requireOurs(exchange.reply());
    } else if (status != 200 || exchange.reply().contains("_error\"")) {
      throw new AssertionError(
          "request %d of seed %d: %d %s".formatted(number, SEED, status, exchange.reply()));
    }
  }

  private static List<Map<String, Object>> openAiRequests() throws IOException {
    Map<String, Object> full =
        with(ask(message("system", "Be terse."), Client.question("scene-001")), "max_tokens", 8);
    full.put("temperature", 0.7);
    full.put("top_p", 0.9);
    full.put("top_k", 40);
    full.put("min_p", 0.05);
    full.put("seed", 7);
    full.put("n", 1);
    full.put("stop", List.of("a", "b"));
    full.put("stream_options", Map.of("include_usage", true));
    full.put("response_format", Map.of("type", "text"));
    full.put("repetition_penalty", 1.1);
    full.put("min_tokens", 1);
    Map<String, Object> talk =
        ask(
            message("user", "Hello"),
            message("assistant", List.of(part("Hello."), part("Yes?"))),
            message("user", List.of(picture(small()), part("And this?"))));
    return List.of(full, with(full, "stream", true), talk, ask(message("user", "Hello")));
  }

  private static List<Map<String, Object>> ollamaRequests() throws IOException {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("num_predict", 8);
    options.put("temperature", 0.7);
    options.put("top_k", 40);
    options.put("top_p", 0.9);
    options.put("min_p", 0.05);
    options.put("seed", 7);
    options.put("repeat_penalty", 1.1);
    options.put("stop", List.of("a"));
    Map<String, Object> message =
        Map.of("role", "user", "content", "What?", "images", List.of(base64(scene("scene-001"))));
    Map<String, Object> full = with(ask(message), "options", options);
    full.put("keep_alive", "5m");
    full.put("format", "");
    return List.of(
        full, with(full, "stream", false), with(ask(message("user", "x")), "stream", false));
  }

  /** A picture of one pixel, so that mutations meet its headers. */
  private static String small() {
    return "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  }
}
