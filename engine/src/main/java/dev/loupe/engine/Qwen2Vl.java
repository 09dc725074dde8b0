package dev.loupe.engine;

import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.weights.ModelDirectory;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * A loaded Qwen2-VL.
 *
 * <pre>{@code
 * try (var model = Qwen2Vl.load(Path.of("models/Qwen2-VL-2B-Instruct"))) {
 *   System.out.println(model.caption(Path.of("beach.jpg")).text());
 * }
 * }</pre>
 *
 * <p>Immutable and shared: any thread may ask at any time. Requests queue fairly and run one at a
 * time, because one uses all threads of the model. {@link #close} waits for the running one; use
 * after it is an {@link IllegalStateException}. Interrupting the thread that asked ends its answer
 * after the current token. The same request gives the same bits on every machine and with any
 * number of threads.
 */
public final class Qwen2Vl implements AutoCloseable {

  /** What {@link #caption(Path)} asks. */
  public static final String CAPTION_PROMPT = "Describe this image.";

  private final ConfiguredModel model;
  private final RequestQueue requests;

  private Qwen2Vl(ConfiguredModel model, RequestLock lock) {
    this.model = model;
    this.requests = new RequestQueue(model, lock);
  }

  /**
   * Loads the model in a folder.
   *
   * @throws IOException if a file is missing or refused; the message says which, what was expected
   *     and what was found
   */
  public static Qwen2Vl load(Path folder) throws IOException {
    return load(ModelDirectory.of(folder), LoadOptions.defaults());
  }

  /** Loads the small captioner that is part of this library. */
  public static Qwen2Vl loadBuiltIn() throws IOException {
    return load(BuiltInModel.files(), LoadOptions.defaults());
  }

  /**
   * Loads a model.
   *
   * @param files where it lies: a folder, the Hugging Face cache, {@link BuiltInModel#files}, or
   *     weights made by rule
   * @throws IOException if a file is missing or refused; the message says which, what was expected
   *     and what was found
   */
  public static Qwen2Vl load(ModelFiles files, LoadOptions options) throws IOException {
    LoadedModel loaded = ModelLoader.load(files, options);
    ConfiguredModel model = new ConfiguredModel(loaded, options.profile(), options.guess());
    return new Qwen2Vl(model, new RequestLock());
  }

  /** The name of the model, for people: a folder's name, {@code org/name}, or {@code captioner}. */
  public String name() {
    return model.loaded().name();
  }

  /** What {@code config.json} says. */
  public Qwen2VlConfig config() {
    return model.loaded().config();
  }

  /** The arithmetic of its answers. */
  public NumericsProfile profile() {
    return model.profile();
  }

  /**
   * The same model with other attention, scaling, remedy or order of additions. Both share weights,
   * threads and queue; closing either closes both.
   *
   * @throws IllegalArgumentException if the profile has another compute type, for which the weights
   *     would have to be loaded again
   */
  public Qwen2Vl with(NumericsProfile other) {
    requireComputeType(other);
    return new Qwen2Vl(model.with(other), requests.lock());
  }

  private void requireComputeType(NumericsProfile other) {
    if (other.compute() != profile().compute()) {
      throw new IllegalArgumentException(
          "profile %s: expected compute type %s, as the weights were loaded, found %s; load the model again with LoadOptions.profile"
              .formatted(other, profile().computeName(), other.computeName()));
    }
  }

  /** What rounding to the compute type did to the stored weights. */
  public WeightConversion weightConversion() {
    return model.loaded().network().conversion();
  }

  /** Its tokenizer. */
  public Tokenizer tokenizer() {
    return model.loaded().tokenizer();
  }

  /** What computes: {@code vector 512 bit, 2 threads}, or {@code scalar, ...}. */
  public String backend() {
    return model.loaded().backend().description();
  }

  /** How long loading took. */
  public Duration loadTime() {
    return model.loaded().network().loadTime();
  }

  /**
   * Describes a picture file.
   *
   * @throws IOException if the file cannot be read as a picture
   */
  public Caption caption(Path picture) throws IOException {
    return caption(picture, GenerationOptions.greedy());
  }

  /**
   * Describes a picture file.
   *
   * @throws IOException if the file cannot be read as a picture
   */
  public Caption caption(Path picture, GenerationOptions options) throws IOException {
    return caption(PictureFiles.decode(picture), CAPTION_PROMPT, options);
  }

  /**
   * Answers a question about a picture.
   *
   * @throws PromptTooLongException if question and picture leave no room for an answer
   */
  public Caption caption(RgbImage picture, String question, GenerationOptions options) {
    return caption(picture, question, options, TokenListener.NONE);
  }

  /**
   * Answers a question about a picture.
   *
   * @param listener gets each token as it is chosen
   * @throws PromptTooLongException if question and picture leave no room for an answer
   */
  public Caption caption(
      RgbImage picture, String question, GenerationOptions options, TokenListener listener) {
    Prompt prompt = Prompt.create().image(picture).text(question);
    return Caption.of(generate(prompt, options, listener));
  }

  /**
   * Answers a question about a clip.
   *
   * @param frames in order of time, at least one, of one size after resizing
   * @param listener gets each token as it is chosen
   * @throws PromptTooLongException if question and clip leave no room for an answer
   * @throws IllegalArgumentException if there is no frame, or the frames differ in size
   */
  public Caption captionClip(
      List<RgbImage> frames, String question, GenerationOptions options, TokenListener listener) {
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("clip: expected at least 1 frame, found 0");
    }
    Prompt prompt = Prompt.create().clip(frames).text(question);
    return Caption.of(generate(prompt, options, listener));
  }

  /**
   * Answers a prompt without a listener.
   *
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  public Generation generate(Prompt prompt, GenerationOptions options) {
    return generate(prompt, options, TokenListener.NONE);
  }

  /**
   * Answers a prompt.
   *
   * @param listener gets each token as it is chosen
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
    return generate(prompt, options, listener, NumericsTrace.NONE);
  }

  /**
   * Answers a prompt and shows every stage to an observer: those of {@link #trace} for the prompt,
   * then those of the decoder for each token that the model runs on, one row each; {@code logits}
   * are those of the last row alone.
   *
   * @param listener gets each token as it is chosen
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  public Generation generate(
      Prompt prompt, GenerationOptions options, TokenListener listener, NumericsTrace trace) {
    return requests.answer(prompt, options, listener, trace);
  }

  /** Begins a conversation that keeps what it computed between turns. */
  public ChatSession newChat(GenerationOptions options) {
    return new ChatSession(requests, options, requests.newCaches(), List.of(Prompt.create()));
  }

  /**
   * Answers many requests, up to {@code size} of them side by side in one pass over the weights.
   * Each answer has the bits of its request alone. The next request is taken, and its prompt made,
   * when one of the {@code size} slots is free. A request that fails does not affect the others.
   * Other callers of the model wait until all are done.
   *
   * <p>Interrupting the thread ends the running answers after the current token, each with {@link
   * FinishReason#CANCELLED}; no more requests are taken then.
   *
   * @param size how many answers are made side by side, at least 1; each needs memory for its keys
   *     and values
   * @param requests asked for the next request when a slot is free, on the calling thread
   * @param listener gets each request as it ends
   */
  public <K> void generateAll(
      int size, Iterator<BatchRequest<K>> requests, BatchListener<K> listener) {
    generateAll(size, requests, listener, Optional.empty());
  }

  /**
   * The same, and shows an observer what is computed. Keys must differ.
   *
   * @param trace gets each stage and operation, and whose it is; changes no bit of an answer
   */
  public <K> void generateAll(
      int size,
      Iterator<BatchRequest<K>> requests,
      BatchListener<K> listener,
      BatchTrace<K> trace) {
    generateAll(size, requests, listener, Optional.of(trace));
  }

  /**
   * Computes some short answers and forgets them, so that the next ones come nearly as fast as all
   * later ones: a JVM compiles what it has run some times. Takes seconds, and changes no answer.
   *
   * @param size how many answers will be made side by side, at least 1
   */
  public void warmUp(int size) {
    new WarmUp(requests, size).run();
  }

  private <K> void generateAll(
      int size,
      Iterator<BatchRequest<K>> requests,
      BatchListener<K> listener,
      Optional<BatchTrace<K>> trace) {
    if (size < 1) {
      throw new IllegalArgumentException("batch: expected a size of at least 1, found " + size);
    }
    this.requests.answerAll(size, requests, listener, trace);
  }

  /**
   * Whether a call waits for the running one. A batch without end can ask, and end.
   *
   * @return a moment's view
   */
  public boolean isAwaited() {
    return requests.lock().isAwaited();
  }

  /**
   * Answers one prompt in several ways, and computes what they have in common once: the pictures
   * for variants with the same arithmetic in the vision tower, the prompt for variants with the
   * same arithmetic, and the tokens of answers as long as they are equal. Each answer, and what
   * each observer sees, has the same bits as alone; only times are those of the shared work. A
   * variant whose token cannot be chosen, or whose token listener throws, does not affect the
   * others; an exception of an observer or of {@code listener} ends the call.
   *
   * @param listener gets each part as it begins and each variant as it ends
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   * @throws IllegalArgumentException if a profile has another compute type than this model
   */
  public void generateVariants(Prompt prompt, List<Variant> variants, VariantListener listener) {
    variants.forEach(variant -> requireComputeType(variant.profile()));
    requests.answerVariants(prompt, variants, listener);
  }

  /**
   * About how long an answer computes in some arithmetic, which may be one of another compute type.
   * Multiplies for some seconds to find out.
   *
   * @return empty if it is a matter of seconds in any arithmetic
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  public Optional<TimeEstimate> estimate(
      Prompt prompt, GenerationOptions options, NumericsProfile profile) {
    return requests.estimate(prompt, options, profile);
  }

  /**
   * A picture as small as the model will see it with these options, which serves to free a large
   * one early. With the same options it has the answer of the picture itself; with options that
   * allow a larger area, that of the smaller picture.
   *
   * @throws IllegalArgumentException if one side is more than 200 times the other
   */
  public RgbImage resized(RgbImage picture, GenerationOptions options) {
    return new ImageProcessor(options.pictures(model.loaded().images())).resize(picture);
  }

  /**
   * Runs the model once over a prompt and shows every stage to an observer: {@code input_ids},
   * {@code position_ids} [3, tokens], {@code pixel_values} and {@code grid_thw} if there are
   * pictures, the stages of {@link NumericsTrace}, and {@code logits} of every token.
   *
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  public void trace(Prompt prompt, GenerationOptions options, NumericsTrace trace) {
    requests.trace(prompt, options, trace);
  }

  /**
   * Waits for the running request and frees the weights. A second call does nothing.
   *
   * @throws IllegalStateException if a listener of the running request calls it
   */
  @Override
  public void close() {
    requests.close();
  }
}
