package dev.loupe.engine;

import dev.loupe.engine.VariantListener.Part;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One prompt in several variants. They are the leaves of a tree: the pictures are encoded once for
 * variants with the same arithmetic in the tower, the prompt runs once for variants with the same
 * arithmetic, and answers share a branch as long as their tokens are equal. Each branch of the tree
 * is a {@link GenerationRun} of its own, because its variants have observers of their own. One
 * thread, one use.
 *
 * @param model the model; variants choose the arithmetic
 * @param prompt of all variants
 * @param listener gets what begins and what ends
 */
record VariantRun(ConfiguredModel model, Prompt prompt, VariantListener listener) {

  /** What the embeddings of pictures depend on. No remedy acts in the tower. */
  private record Tower(ImageProcessorConfig images, NumericsProfile profile) {}

  /** A variant and its answer so far. */
  private record Branch(Variant variant, RunningAnswer answer) {}

  /** Tells the listener how a variant ends. */
  private record Receiver(Variant variant, VariantListener listener)
      implements RunningAnswer.Receiver {

    @Override
    public void completed(Generation answer) {
      listener.completed(variant, answer);
    }

    @Override
    public void failed(RuntimeException reason) {
      listener.failed(variant, reason);
    }
  }

  /**
   * Answers every variant.
   *
   * @throws PromptTooLongException if the prompt leaves no room for an answer
   */
  void run(List<Variant> variants) {
    for (List<Variant> group : groups(variants, this::tower)) {
      pictures(group);
    }
  }

  private Tower tower(Variant variant) {
    return new Tower(
        variant.options().pictures(model.loaded().images()),
        variant.profile().with(ScoreRemedy.NONE));
  }

  private void pictures(List<Variant> group) {
    EncodedPrompt encoded =
        new PromptEncoder(model.loaded()).encode(prompt, group.getFirst().options());
    if (!encoded.pictures().isEmpty()) {
      listener.begins(Part.PICTURES, group);
    }
    try (Arena arena = Arena.ofShared()) {
      PictureEmbeddings pictures = embeddings(group, encoded, arena);
      for (List<Variant> same : groups(group, Variant::profile)) {
        prompt(same, encoded, pictures);
      }
    }
  }

  /** Outlive the scratch memory of the tower, which is many times larger. */
  private PictureEmbeddings embeddings(List<Variant> group, EncodedPrompt encoded, Arena arena) {
    try (Workspace w = configured(group).workspace(trace(group))) {
      PictureEmbeddings fresh =
          new PictureEncoder(model.loaded().model()).encode(encoded, 0, EmbeddingCache.none(), w);
      Tensor kept = Tensor.allocate(arena, fresh.rows().dtype(), fresh.rows().shape().toArray());
      kept.segment().copyFrom(fresh.rows().segment());
      return new PictureEmbeddings(kept, fresh.time());
    }
  }

  private void prompt(List<Variant> group, EncodedPrompt encoded, PictureEmbeddings pictures) {
    listener.begins(Part.PROMPT, group);
    List<Branch> branches = group.stream().map(v -> branch(v, encoded)).toList();
    try (PrefixCache cache = model.newPrefix()) {
      Sequence sequence = Sequence.of(configured(group), encoded, cache);
      try (GenerationRun run = new GenerationRun(configured(group), trace(group))) {
        Tensor logits = sequence.firstLogits(pictures, run.scratch());
        listener.begins(Part.ANSWER, group);
        run.begin(sequence, answers(branches), logits);
      }
      follow(branches, sequence);
    }
  }

  private Branch branch(Variant variant, EncodedPrompt encoded) {
    return new Branch(
        variant,
        RunningAnswer.to(
            encoded,
            model.with(variant.profile()),
            variant.options(),
            variant.listener(),
            new Receiver(variant, listener)));
  }

  /**
   * Goes on with answers that had the same tokens up to the last one.
   *
   * @param sequence with those tokens; is used up
   */
  private void follow(List<Branch> branches, Sequence sequence) {
    List<Branch> going = branches.stream().filter(b -> !b.answer.ended()).toList();
    List<List<Branch>> groups = groups(going, b -> b.answer.lastToken());
    for (List<Branch> group : groups.subList(0, Math.max(0, groups.size() - 1))) {
      try (PrefixCache copy = sequence.prefix().copy()) {
        together(group, sequence.in(copy));
      }
    }
    if (!groups.isEmpty()) {
      together(groups.getLast(), sequence);
    }
  }

  /** Goes on with answers that have the same tokens, until one of them ends or differs. */
  private void together(List<Branch> group, Sequence sequence) {
    List<Variant> variants = group.stream().map(Branch::variant).toList();
    try (GenerationRun run = new GenerationRun(configured(variants), trace(variants))) {
      run.resume(sequence, answers(group));
      while (agree(group)) {
        run.step();
      }
    }
    follow(group, sequence);
  }

  private static boolean agree(List<Branch> group) {
    return group.stream().noneMatch(b -> b.answer.ended())
        && group.stream().mapToInt(b -> b.answer.lastToken()).distinct().count() == 1;
  }

  private static List<RunningAnswer> answers(List<Branch> group) {
    return group.stream().map(Branch::answer).toList();
  }

  private ConfiguredModel configured(List<Variant> group) {
    return model.with(group.getFirst().profile());
  }

  private static NumericsTrace trace(List<Variant> group) {
    return NumericsTrace.all(group.stream().map(Variant::trace).toList());
  }

  private static <T> List<List<T>> groups(Collection<T> all, Function<T, Object> key) {
    Map<Object, List<T>> groups = new LinkedHashMap<>();
    all.forEach(one -> groups.computeIfAbsent(key.apply(one), _ -> new ArrayList<>()).add(one));
    return List.copyOf(groups.values());
  }
}
