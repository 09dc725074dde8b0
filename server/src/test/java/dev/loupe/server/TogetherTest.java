package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.question;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.server.Client.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests computed side by side: each has the answer it has alone, and none harms another. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TogetherTest {

  private static final int CLIENTS = 8;

  /** No answer ends before the last one has begun: a few steps come while prompts are computed. */
  private static final int SHORTEST = 24;

  private static final int LONGEST = 32;

  private static Qwen2Vl model;

  /** Makes requests by the number of a client. */
  @FunctionalInterface
  private interface Requests {
    Map<String, Object> of(int client) throws Exception;
  }

  @BeforeAll
  static void load() throws Exception {
    model = Qwen2Vl.loadBuiltIn();
  }

  @AfterAll
  static void close() throws Exception {
    model.close();
    ShutdownTest.assertNothingRuns();
  }

  private static ServerOptions options() {
    return ServerOptions.defaults().port(0);
  }

  /** Pictures and plain text, greedy and drawn. */
  private static Map<String, Object> mixed(int client) throws Exception {
    Map<String, Object> body =
        client < CLIENTS - 2
            ? ask(question("scene-00" + client))
            : ask(message("user", "Tell me about number " + client));
    body = with(with(body, "min_tokens", SHORTEST), "max_tokens", LONGEST);
    return client % 2 == 0 ? body : with(with(body, "temperature", 1.5), "seed", client);
  }

  private static boolean isStream(int client) {
    return client % 4 < 2;
  }

  private static String answer(Client client, Map<String, Object> body, boolean stream)
      throws Exception {
    if (stream) {
      return client.streamed(body);
    }
    Reply reply = client.post(CHAT, body);
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(200);
    return (String) reply.at("choices", 0, "message", "content");
  }

  private static List<String> alone(int clients, Requests requests) throws Exception {
    List<String> answers = new ArrayList<>();
    try (LoupeServer server = LoupeServer.start(model, options().batch(1));
        Client client = new Client(server)) {
      for (int i = 0; i < clients; i++) {
        answers.add(answer(client, requests.of(i), false));
      }
    }
    return answers;
  }

  private static <T> List<Future<T>> atOnce(ExecutorService threads, List<Callable<T>> work) {
    return work.stream().map(threads::submit).toList();
  }

  private static List<Future<String>> atOnce(
      ExecutorService threads, Client client, int clients, Requests requests) {
    List<Callable<String>> work = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int number = i;
      work.add(() -> answer(client, requests.of(number), isStream(number)));
    }
    return atOnce(threads, work);
  }

  private static List<String> results(List<Future<String>> futures) throws Exception {
    List<String> results = new ArrayList<>();
    for (Future<String> future : futures) {
      results.add(future.get());
    }
    return results;
  }

  @Test
  void eightClientsAtOnceGetTheAnswersThatEachGetsAlone() throws Exception {
    List<String> alone = alone(CLIENTS, TogetherTest::mixed);
    assertThat(alone).doesNotHaveDuplicates();
    WatchedModel watched = new WatchedModel(model, CLIENTS, CLIENTS);
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(results(atOnce(threads, client, CLIENTS, TogetherTest::mixed))).isEqualTo(alone);
    }
    assertThat(watched.mostTogether()).isEqualTo(CLIENTS);
  }

  @Test
  void aBatchOfThreeHasNoFourth() throws Exception {
    WatchedModel watched = new WatchedModel(model, 3, 3);
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      results(atOnce(threads, client, CLIENTS, i -> talk(6)));
    }
    assertThat(watched.mostTogether()).isEqualTo(3);
    assertThat(watched.ended()).hasSize(CLIENTS);
  }

  @Test
  void theFirstToComeIsTheFirstToBegin() throws Exception {
    WatchedModel watched = new WatchedModel(model, 1, 1);
    List<Integer> lengths = List.of(4, 2, 3);
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> others = new ArrayList<>();
      try (Stream<String> first = client.stream(CHAT, with(talk(1000), "stream", true))) {
        first.iterator().next();
        for (int length : lengths) {
          others.add(threads.submit(() -> answer(client, talk(length), false)));
          Await.until("it waits", () -> server.pending() == 1 + others.size());
        }
      }
      results(others);
    }
    assertThat(watched.ended().stream().skip(1).map(generation -> generation.tokens().size()))
        .isEqualTo(lengths);
  }

  /** A request whose answer has this many tokens. */
  private static Map<String, Object> talk(int tokens) {
    return with(with(ask(message("user", "Hello")), "min_tokens", tokens), "max_tokens", tokens);
  }

  @Test
  void aClientThatLeavesHarmsNoOther() throws Exception {
    List<String> alone = alone(3, TogetherTest::mixed);
    WatchedModel watched = new WatchedModel(model, CLIENTS, 4);
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Object> endless = talk(1000);
      List<Future<String>> others;
      try (Stream<String> leaving = client.stream(CHAT, with(endless, "stream", true))) {
        Iterator<String> lines = leaving.iterator();
        lines.next();
        others = atOnce(threads, client, 3, TogetherTest::mixed);
        Await.until("all four run", () -> watched.mostTogether() == 4);
      }
      assertThat(results(others)).isEqualTo(alone);
      Await.until("the queue is empty", () -> server.pending() == 0);
    }
    assertThat(watched.ended())
        .filteredOn(generation -> generation.finishReason() == FinishReason.CANCELLED)
        .singleElement()
        .satisfies(left -> assertThat(left.tokens().size()).isLessThan(1000));
  }

  @Test
  void aRequestThatFailsHarmsNoOther() throws Exception {
    List<String> alone = alone(3, TogetherTest::mixed);
    WatchedModel watched = new WatchedModel(model, CLIENTS, 4).failingAt("broken", 3);
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> others = atOnce(threads, client, 3, TogetherTest::mixed);
      List<Future<Reply>> failing =
          atOnce(
              threads,
              List.of(
                  () -> client.post(CHAT, ask(message("user", "word ".repeat(50_000)))),
                  () -> client.post(CHAT, with(ask(message("user", "broken")), "min_tokens", 9))));
      assertThat(failing.get(0).get().status()).isEqualTo(400);
      assertThat(failing.get(0).get().at("error", "code")).isEqualTo("context_length_exceeded");
      assertThat(failing.get(1).get().at("error", "message")).isEqualTo("broken for this test");
      assertThat(results(others)).isEqualTo(alone);
      assertThat(answer(client, mixed(0), false)).isEqualTo(alone.getFirst());
    }
  }

  @Test
  void closingEndsAllThatRun() throws Exception {
    WatchedModel watched = new WatchedModel(model, 3, 3);
    LoupeServer server = LoupeServer.start(watched, options());
    try (Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Object> endless = talk(1000);
      List<Callable<Reply>> work = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        work.add(() -> client.post(CHAT, endless));
      }
      List<Future<Reply>> replies = atOnce(threads, work);
      Await.until("three run and two wait", () -> watched.mostTogether() == 3);
      Await.until("five in the house", () -> server.pending() == 5);
      server.close();
      for (Future<Reply> reply : replies) {
        assertThat(reply.get().at("error", "code")).isEqualTo("server_shutting_down");
      }
    }
    assertThat(watched.ended()).hasSize(3);
  }

  @Test
  void aFailureOfTheWholeBatchIsToldToAllAndTheNextOneWorks() throws Exception {
    AtomicInteger batches = new AtomicInteger();
    ServedModel real = ServedModel.of(model, 2);
    ServedModel broken =
        new WatchedModel(model, 2, 1) {
          @Override
          public void answerAll(
              Iterator<BatchRequest<Answer>> requests, BatchListener<Answer> listener) {
            if (batches.incrementAndGet() > 1) {
              real.answerAll(requests, listener);
              return;
            }
            requests.next();
            while (!requests.hasNext()) {
              Thread.onSpinWait();
            }
            requests.next();
            throw new OutOfMemoryError("in this test");
          }
        };
    try (LoupeServer server = LoupeServer.start(broken, options());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Object> hello = with(ask(message("user", "Hello")), "max_tokens", 2);
      Callable<Reply> asking = () -> client.post(CHAT, hello);
      for (Future<Reply> reply : atOnce(threads, List.of(asking, asking))) {
        assertThat(reply.get().status()).isEqualTo(503);
        assertThat(reply.get().at("error", "code")).isEqualTo("out_of_memory");
      }
      assertThat(client.post(CHAT, hello).status()).isEqualTo(200);
      Await.until("the queue is empty", () -> server.pending() == 0);
    }
  }

  @Test
  void theNextTurnBeginsWithWhatTheLastOneComputed() throws Exception {
    WatchedModel watched = new WatchedModel(model, CLIENTS, 1);
    List<Object> turns = new ArrayList<>(List.of(question("scene-001")));
    try (LoupeServer server = LoupeServer.start(watched, options());
        Client client = new Client(server)) {
      turns.add(message("assistant", answer(client, ask(turns.toArray()), false)));
      turns.add(message("user", "What is to the right?"));
      answer(client, with(ask(turns.toArray()), "max_tokens", 4), false);
    }
    List<Generation> answers = watched.ended();
    assertThat(answers.getFirst().cachedTokens()).isZero();
    assertThat(answers.getLast().cachedTokens())
        .isGreaterThanOrEqualTo(answers.getFirst().promptTokens());
  }

  @Test
  void anIdleServerLetsOthersUseTheModelAtOnce() throws Exception {
    try (LoupeServer server = LoupeServer.start(model, options());
        Client client = new Client(server)) {
      answer(client, with(ask(message("user", "Hello")), "max_tokens", 2), false);
      long start = System.nanoTime();
      model.generate(Prompt.of("Hello"), GenerationOptions.greedy().maxNewTokens(2));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(AnswerBatch.LINGER.dividedBy(2));
    }
  }

  @Test
  void anotherCallerOfTheModelGetsItsTurnWhileClientsNeverPause() throws Exception {
    AtomicBoolean answered = new AtomicBoolean();
    AtomicInteger done = new AtomicInteger();
    try (LoupeServer server = LoupeServer.start(model, options().batch(2));
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Object> talk = talk(8);
      for (int i = 0; i < 3; i++) {
        threads.submit(() -> {
          while (!answered.get()) {
            answer(client, talk, false);
            done.incrementAndGet();
          }
          return null;
        });
      }
      try {
        Await.until("the clients are busy", () -> done.get() > 3);
        model.generate(Prompt.of("Hello"), GenerationOptions.greedy().maxNewTokens(2));
      } finally {
        answered.set(true);
      }
    }
  }
}
