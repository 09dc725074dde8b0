package dev.loupe.engine;

import dev.loupe.tokenizer.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * One conversation with a model, which keeps what it computed between turns.
 *
 * <pre>{@code
 * try (ChatSession chat = model.newChat(GenerationOptions.greedy())) {
 *   chat.send(Prompt.create().image(photo).text("What is written on the sign?"));
 *   chat.send(Prompt.create().text("Translate it."), TokenListener.text(System.out::print));
 * }
 * }</pre>
 *
 * <p>An answer has the same bits as {@link Qwen2Vl#generate} gives for {@link #conversation} and
 * the new turn; only less is computed for it. Each turn draws anew from the seed of the options.
 *
 * <p>One caller at a time: a second one is refused with an {@link IllegalStateException}, while
 * {@link #close} waits for the running call. Turns queue with the other requests of the model.
 */
public final class ChatSession implements AutoCloseable {
  private final RequestQueue requests;
  private final GenerationOptions options;
  private final SessionCaches caches;
  private final Semaphore permit = new Semaphore(1);

  /**
   * The thread of the running call; null if none runs. Other threads read it only to compare it
   * with themselves.
   */
  private volatile Thread inside;

  /** The conversation after each turn, the empty one first. */
  private final List<Prompt> history = new ArrayList<>();

  private boolean closed;

  ChatSession(
      RequestQueue requests,
      GenerationOptions options,
      SessionCaches caches,
      List<Prompt> history) {
    this.requests = requests;
    this.options = options;
    this.caches = caches;
    this.history.addAll(history);
  }

  /** How it answers. */
  public GenerationOptions options() {
    return options;
  }

  /** All turns and answers so far. */
  public Prompt conversation() {
    return serially(history::getLast);
  }

  /** How many turns were answered. */
  public int turns() {
    return serially(() -> history.size() - 1);
  }

  /** Answers a turn without a listener. */
  public Generation send(Prompt turn) {
    return send(turn, TokenListener.NONE);
  }

  /**
   * Answers a turn: one message of the user or several messages, of which the last is the user's. A
   * cancelled answer stays in the conversation as far as it came; after an exception the
   * conversation is as before.
   *
   * @param listener gets each token as it is chosen
   * @throws PromptTooLongException if the conversation leaves no room for an answer
   * @throws IllegalArgumentException if the last message is not the user's
   * @throws IllegalStateException if another call is running, or session or model are closed
   */
  public Generation send(Prompt turn, TokenListener listener) {
    return serially(() -> {
      requireQuestion(turn);
      Prompt asked = history.getLast().then(turn);
      Generation answer = requests.answer(asked, options, listener, caches);
      history.add(asked.assistant(answer.text()));
      return answer;
    });
  }

  private static void requireQuestion(Prompt turn) {
    List<ChatMessage> messages = turn.messages();
    if (messages.isEmpty() || !messages.getLast().role().equals(ChatMessage.USER)) {
      throw new IllegalArgumentException(
          "turn: expected a last message of the user, found "
              + (messages.isEmpty() ? "no message" : "one of " + messages.getLast().role()));
    }
  }

  /**
   * Forgets the last turns and their answers, as if they had never been.
   *
   * @param turns 0 to {@link #turns()}
   */
  public void rewind(int turns) {
    serially(() -> {
      if (turns < 0 || turns >= history.size()) {
        throw new IllegalArgumentException(
            "rewind: expected 0 to %d turns, found %d".formatted(history.size() - 1, turns));
      }
      history.subList(history.size() - turns, history.size()).clear();
      return turns;
    });
  }

  /** A second session that goes on from here; neither changes the other. It has to be closed. */
  public ChatSession fork() {
    return serially(() -> new ChatSession(requests, options, caches.copy(), history));
  }

  private <T> T serially(Supplier<T> work) {
    if (!permit.tryAcquire()) {
      throw new IllegalStateException(
          "chat session: expected one caller at a time, found a second; fork the session or wait");
    }
    inside = Thread.currentThread();
    try {
      if (closed) {
        throw new IllegalStateException("chat session: expected it open, found it closed");
      }
      return work.get();
    } finally {
      inside = null;
      permit.release();
    }
  }

  /**
   * Waits for the running call and frees what the session keeps. A second call does nothing.
   *
   * @throws IllegalStateException if a listener of the running call calls it
   */
  @Override
  public void close() {
    if (inside == Thread.currentThread()) {
      throw new IllegalStateException(
          "chat session: expected close after the answer, found it called by a listener");
    }
    permit.acquireUninterruptibly();
    try {
      if (!closed) {
        closed = true;
        caches.close();
      }
    } finally {
      permit.release();
    }
  }
}
