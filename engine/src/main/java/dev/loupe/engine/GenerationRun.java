package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Answers that grow side by side: one pass over the weights gives each its next token, with the
 * same bits as alone. A request is a run of one answer, whose next tokens may be guessed ({@link
 * Guesser}). A batch begins others as answers end. A diagnosis lets several answers grow on one
 * sequence as long as their tokens are equal.
 *
 * <p>Owns the scratch memory of the model; caches stay the caller's. One thread.
 */
final class GenerationRun implements AutoCloseable {
  private final ConfiguredModel model;
  private final PictureEncoder encoder;
  private final SequencePeaks peaks = new SequencePeaks();
  private final Workspace w;
  private final boolean guesses;
  private final List<Growing> running = new ArrayList<>();

  /** A sequence and the answers on it, which have the same tokens so far. */
  private record Growing(Sequence sequence, List<RunningAnswer> answers, Guesser guesser) {

    int lastToken() {
      return answers.getFirst().lastToken();
    }

    int position() {
      return sequence.position(answers.getFirst().size() - 1);
    }

    void choose(Tensor logits, Workspace w) {
      answers.forEach(answer -> answer.choose(logits, sequence, w));
      answers.removeIf(RunningAnswer::ended);
    }
  }

  /** The answer of a request that runs alone. */
  private static final class Alone implements RunningAnswer.Receiver {
    private Generation answer;

    @Override
    public void completed(Generation answer) {
      this.answer = answer;
    }

    @Override
    public void failed(RuntimeException reason) {
      throw reason;
    }
  }

  /**
   * A run without answers.
   *
   * @param trace shown every stage; with several sequences, the rows of all
   */
  GenerationRun(ConfiguredModel model, NumericsTrace trace) {
    this.model = model;
    this.encoder = new PictureEncoder(model.loaded().model());
    this.w = model.workspace(NumericsTrace.all(List.of(trace, peaks)));
    this.guesses = model.guesses() && trace == NumericsTrace.NONE;
  }

  /**
   * Answers one prompt.
   *
   * @param caches of earlier prompts; hold those of this prompt afterwards
   */
  Generation answer(
      EncodedPrompt prompt,
      GenerationOptions options,
      TokenListener listener,
      SessionCaches caches) {
    Alone alone = new Alone();
    RunningAnswer answer = RunningAnswer.to(prompt, model, options, listener, alone);
    Sequence sequence = Sequence.of(model, prompt, caches.prefix());
    answer.watch(sequence);
    try (var _ = w.frame()) {
      begin(sequence, List.of(answer), prefill(sequence, caches.embeddings()));
    }
    while (size() > 0) {
      step();
    }
    return alone.answer;
  }

  /** Runs a prompt once, and shows its inputs, every stage, and the logits of all its tokens. */
  void trace(EncodedPrompt prompt, SessionCaches caches) {
    Sequence sequence = Sequence.of(model, prompt, caches.prefix());
    Tensor hidden = sequence.prefill(pictures(sequence, caches.embeddings()), w);
    w.stage(StageId.LOGITS, model.loaded().model().logits(hidden, w));
  }

  /**
   * Encodes the pictures of a prompt and runs it.
   *
   * @param known embeddings of pictures
   * @return the logits of its first token [1, vocabSize], in {@link #scratch}
   */
  Tensor prefill(Sequence sequence, EmbeddingCache known) {
    return sequence.firstLogits(pictures(sequence, known), w);
  }

  private PictureEmbeddings pictures(Sequence sequence, EmbeddingCache known) {
    peaks.computing(List.of(sequence));
    return encoder.encode(sequence.prompt(), sequence.cachedTokens(), known, w);
  }

  /**
   * Chooses the first token of answers to a prompt, which grow from then on.
   *
   * @param logits of that token [1, vocabSize]
   */
  void begin(Sequence sequence, List<RunningAnswer> answers, Tensor logits) {
    answers.forEach(RunningAnswer::begin);
    resume(sequence, answers);
    choose(running.getLast(), logits);
    dropEnded();
  }

  /** Goes on with answers that have the same tokens, all but the last of them in the cache. */
  void resume(Sequence sequence, List<RunningAnswer> answers) {
    running.add(new Growing(sequence, new ArrayList<>(answers), new Guesser()));
  }

  /**
   * One more token for every answer, also between the layers of a prompt; to one that is alone,
   * some more where guesses are right.
   */
  void step() {
    List<Sequence> prompt = peaks.computing();
    int[] guess = guess();
    if (guess.length > 0) {
      check(guess, running.getFirst());
    } else {
      oneEach();
    }
    peaks.computing(prompt);
  }

  private int[] guess() {
    if (!guesses || running.size() > 1 || running.getFirst().answers.size() > 1) {
      return new int[0];
    }
    RunningAnswer answer = running.getFirst().answers.getFirst();
    return answer.watched()
        ? new int[0]
        : running.getFirst().guesser.next(answer.ids(), answer.room() - 1);
  }

  /** One pass for the last token and a guess of the next ones; of these, the right ones count. */
  private void check(int[] guess, Growing one) {
    try (var _ = w.frame()) {
      RunningAnswer answer = one.answers.getFirst();
      int[] tokens =
          IntStream.concat(IntStream.of(answer.lastToken()), IntStream.of(guess)).toArray();
      int[] positions = IntStream.range(0, tokens.length).map(i -> one.position() + i).toArray();
      KvCache cache = one.sequence.cache();
      int before = cache.length();
      peaks.computing(List.of(one.sequence));
      MultimodalModel both = model.loaded().model();
      Tensor logits = both.logits(both.step(tokens, positions, List.of(cache), w), w);
      choose(one, logits.rows(0, 1));
      int right = 0;
      while (!answer.ended() && right < guess.length && answer.lastToken() == guess[right]) {
        right++;
        answer.guessed();
        choose(one, logits.rows(right, right + 1L));
      }
      if (!answer.ended()) {
        cache.truncate(before + 1 + right);
      }
      one.guesser.checked(guess.length, right);
      dropEnded();
    }
  }

  private void oneEach() {
    try (var _ = w.frame()) {
      int[] tokens = running.stream().mapToInt(Growing::lastToken).toArray();
      int[] positions = running.stream().mapToInt(Growing::position).toArray();
      List<KvCache> caches = running.stream().map(one -> one.sequence.cache()).toList();
      peaks.computing(running.stream().map(Growing::sequence).toList());
      MultimodalModel both = model.loaded().model();
      Tensor logits = both.logits(both.step(tokens, positions, caches, w), w);
      for (int i = 0; i < tokens.length; i++) {
        choose(running.get(i), logits.rows(i, i + 1L));
      }
      dropEnded();
    }
  }

  private void choose(Growing one, Tensor logits) {
    w.stage(StageId.LOGITS, logits);
    one.choose(logits, w);
  }

  private void dropEnded() {
    running.removeIf(one -> one.answers.isEmpty());
  }

  /** How many sequences are growing. */
  int size() {
    return running.size();
  }

  /** The scratch memory, of which a frame holds what one step needs. */
  Workspace scratch() {
    return w;
  }

  @Override
  public void close() {
    w.close();
  }
}
