package dev.loupe.engine;

import dev.loupe.engine.telemetry.DecodeEvent;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** An answer that grows: its tokens, its clock, and its receiver. One thread, one use. */
final class RunningAnswer {

  /** Gets an answer at its end. Exactly one of the two is called, once. */
  interface Receiver {

    /** No token follows. */
    void completed(Generation answer);

    /** The next token cannot be chosen, or the listener of the tokens threw this. */
    void failed(RuntimeException reason);
  }

  private final GenerationState state;
  private final Receiver receiver;
  private final AnswerWatch watch;
  private final float[] scores;
  private long start;
  private DecodeEvent event;
  private boolean ended;
  private int guessedTokens;

  private RunningAnswer(
      GenerationState state, Receiver receiver, AnswerWatch watch, int vocabSize) {
    this.state = state;
    this.receiver = receiver;
    this.watch = watch;
    this.scores = new float[vocabSize];
  }

  /**
   * An answer to a prompt that has no token yet.
   *
   * @throws IllegalArgumentException if the options do not fit the prompt
   */
  static RunningAnswer to(
      EncodedPrompt prompt,
      ConfiguredModel model,
      GenerationOptions options,
      TokenListener listener,
      Receiver receiver) {
    GenerationState state = new AnswerSettings(model, options).begin(prompt.ids(), listener);
    int vocabSize = model.loaded().config().text().vocabSize();
    AnswerWatch watch = TokenMonitor.withEvents(listener.watch());
    return new RunningAnswer(state, receiver, watch, vocabSize);
  }

  /** Lets the sequence of its prompt, of which nothing is computed yet, keep what is watched. */
  void watch(Sequence sequence) {
    if (watch.wantsPeaks()) {
      sequence.keepPeak();
    }
  }

  /** Starts the clock: the prompt is computed. */
  void begin() {
    start = System.nanoTime();
    event = DecodeEvent.start();
  }

  /**
   * Chooses the next token. An answer that ends leaves its tokens with the sequence, and goes to
   * its receiver.
   *
   * @param logits of the token [1, vocabSize]
   * @param w scratch memory
   */
  void choose(Tensor logits, Sequence sequence, Workspace w) {
    boolean more;
    try {
      sequence.peak().ifPresent(watch::peak);
      watch.logits(logits, w);
      MemorySegment.copy(logits.segment(), Tensor.FLOAT, 0, scores, 0, scores.length);
      more = state.accept(scores);
      watch.chosen(state.lastToken());
      if (!more) {
        watch.completed();
      }
    } catch (RuntimeException e) {
      ended = true;
      tellWatch(e);
      receiver.failed(e);
      return;
    }
    if (!more) {
      ended = true;
      receiver.completed(generation(sequence));
    }
  }

  /** A watch that fails here too would end the answers beside this one. */
  private void tellWatch(RuntimeException reason) {
    try {
      watch.failed();
    } catch (RuntimeException again) {
      if (again != reason) { // No exception can suppress itself.
        reason.addSuppressed(again);
      }
    }
  }

  private Generation generation(Sequence sequence) {
    Duration decode = Duration.ofNanos(System.nanoTime() - start);
    event.done(state.answer().size(), state.finishReason().toString());
    sequence.keep(state.ids());
    return new Generation(
        state.text(),
        state.answer(),
        state.finishReason(),
        sequence.prompt().length(),
        sequence.cachedTokens(),
        guessedTokens,
        sequence.pictures(),
        sequence.timings(decode));
  }

  /** The next token needs no pass of its own, because the last one was guessed. */
  void guessed() {
    guessedTokens++;
  }

  /** Whether someone looks at the numbers of its passes. */
  boolean watched() {
    return watch != AnswerWatch.NONE;
  }

  boolean ended() {
    return ended;
  }

  /** How many tokens it has. */
  int size() {
    return state.answer().size();
  }

  /** How many more tokens it may have. */
  int room() {
    return state.room();
  }

  /** Prompt and answer so far. */
  int[] ids() {
    return state.ids();
  }

  /** The token chosen last. */
  int lastToken() {
    return state.lastToken();
  }
}
