package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.question;
import static dev.loupe.server.Client.scene;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many requests at once: each is answered as if it were alone, and nothing piles up. */
class LoadTest {

  private static final int CLIENTS = 8;
  private static final int WARM_UP_EACH = 3;
  private static final int REQUESTS_EACH = 25;
  private static final int TOKENS = 8;
  private static final List<String> SCENES =
      List.of("scene-000", "scene-001", "scene-002", "scene-003", "scene-004");

  /** Two hundred requests may leave no more than this on the heap; a picture alone is 37 kB. */
  private static final long MAX_GROWTH = 4 << 20;

  @Test
  void twoHundredRequestsFromEightClientsAreAnsweredAlikeAndLeaveNothing() throws Exception {
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      Map<String, String> expected = new LinkedHashMap<>();
      for (String scene : SCENES) {
        Prompt prompt = Prompt.create().image(scene(scene)).text(Client.QUESTION);
        GenerationOptions options = GenerationOptions.greedy().maxNewTokens(TOKENS);
        expected.put(scene, model.generate(prompt, options).text());
      }
      assertThat(expected.values()).doesNotHaveDuplicates();

      try (LoupeServer server = LoupeServer.start(model, ServerOptions.defaults().port(0))) {
        askAll(server, expected, WARM_UP_EACH);
        long heap = usedHeap();
        askAll(server, expected, REQUESTS_EACH);
        assertThat(usedHeap()).isLessThan(heap + MAX_GROWTH);
        assertThat(server.pending()).isZero();
      }
    }
    ShutdownTest.assertNothingRuns();
  }

  private static void askAll(LoupeServer server, Map<String, String> expected, int each)
      throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        int first = c;
        work.add(() -> askEach(server, expected, first, each));
      }
      int answered = 0;
      for (Future<Integer> done : threads.invokeAll(work)) {
        answered += done.get();
      }
      assertThat(answered).isEqualTo(CLIENTS * each);
    }
  }

  /** Every third answer as a stream. */
  private static int askEach(LoupeServer server, Map<String, String> expected, int first, int each)
      throws Exception {
    int answered = 0;
    try (Client client = new Client(server)) {
      for (int i = 0; i < each; i++) {
        String scene = SCENES.get((first + i) % SCENES.size());
        Map<String, Object> body = with(ask(question(scene)), "max_tokens", TOKENS);
        String text =
            i % 3 == 0
                ? client.streamed(body)
                : (String) client.post(CHAT, body).at("choices", 0, "message", "content");
        assertThat(text).as(scene).isEqualTo(expected.get(scene));
        answered++;
      }
    }
    return answered;
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
}
