package dev.loupe.engine;

import dev.loupe.engine.VariantListener.Part;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One prompt on its way through the model in several variants. They are the leaves of a tree: the
 * pictures are encoded once for all whose tower computes alike, the prompt runs once for all of one
 * arithmetic, and answers stay together as long as their tokens are the same. One thread, one use.
 *
 * @param loaded the model
 * @param prompt of all variants
 * @param listener told what begins and what ends
 */
record VariantRun(LoadedModel loaded, Prompt prompt, VariantListener listener) {

  /** What the embeddings of pictures depend on: no remedy is at work in the tower. */
  private record Tower(ImageProcessorConfig images, NumericsProfile profile) {}

  /** The embeddings of all pictures, and how long they took. */
  private record Pictures(Tensor embeddings, Duration time) {}

  /** A variant and its answer so far. */
  private record Branch(Variant variant, Sequence sequence) {}

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
        PromptEncoder.limited(loaded, variant.options()), variant.profile().with(ScoreRemedy.NONE));
  }

  private void pictures(List<Variant> group) {
    PromptEncoder encoder = PromptEncoder.of(loaded, group.getFirst().options());
    EncodedPrompt encoded = encoder.encode(prompt);
    if (!encoded.pictures().isEmpty()) {
      listener.begins(Part.PICTURES, group);
    }
    try (Arena arena = Arena.ofShared()) {
      long start = System.nanoTime();
      Tensor embeddings = embeddings(group, encoder, encoded, arena);
      Pictures pictures = new Pictures(embeddings, Duration.ofNanos(System.nanoTime() - start));
      for (List<Variant> same : groups(group, Variant::profile)) {
        prompt(same, encoder, encoded, pictures);
      }
    }
  }

  /** Outlive the scratch memory of the tower, which is many times larger. */
  private Tensor embeddings(
      List<Variant> group, PromptEncoder encoder, EncodedPrompt encoded, Arena arena) {
    try (Workspace w = workspace(group)) {
      Tensor fresh = encoder.embeddings(encoded, encoded.pictures(), w);
      Tensor kept = Tensor.allocate(arena, fresh.dtype(), fresh.shape().toArray());
      kept.segment().copyFrom(fresh.segment());
      return kept;
    }
  }

  private void prompt(
      List<Variant> group, PromptEncoder encoder, EncodedPrompt encoded, Pictures pictures) {
    listener.begins(Part.PROMPT, group);
    try (PrefixMemory memory = new PrefixMemory(loaded.model().newCache())) {
      List<Branch> going;
      try (Workspace w = workspace(group)) {
        List<Branch> branches =
            group.stream().map(v -> branch(v, encoder, encoded, memory)).toList();
        Sequence first = branches.getFirst().sequence;
        Tensor logits = first.firstLogits(pictures.embeddings, pictures.time, w);
        branches.stream().skip(1).forEach(b -> b.sequence.join(first));
        listener.begins(Part.ANSWER, group);
        going = accept(branches, logits, w);
      }
      follow(going, memory);
    }
  }

  private Branch branch(
      Variant variant, PromptEncoder encoder, EncodedPrompt encoded, PrefixMemory memory) {
    GenerationState state =
        new AnswerRules(loaded, variant.profile(), variant.options())
            .begin(encoded.ids(), variant.listener());
    return new Branch(variant, new Sequence(loaded, encoder, encoded, state, memory));
  }

  /**
   * Goes on with answers that had the same tokens up to the last one.
   *
   * @param memory holds those tokens; is used up
   */
  private void follow(List<Branch> branches, PrefixMemory memory) {
    List<List<Branch>> groups = groups(branches, b -> b.sequence.lastToken());
    for (List<Branch> group : groups.subList(0, Math.max(0, groups.size() - 1))) {
      try (PrefixMemory copy = memory.copy()) {
        group.forEach(b -> b.sequence.moveTo(copy));
        together(group, copy);
      }
    }
    if (!groups.isEmpty()) {
      together(groups.getLast(), memory);
    }
  }

  /** Goes on with answers that have the same tokens, until one of them ends or differs. */
  private void together(List<Branch> group, PrefixMemory memory) {
    List<Branch> going = group;
    try (Workspace w = workspace(group.stream().map(Branch::variant).toList())) {
      while (going.size() == group.size() && agree(going)) {
        try (var _ = w.frame()) {
          List<Sequence> leader = List.of(going.getFirst().sequence);
          going = accept(going, Sequence.step(leader, loaded.model(), w), w);
        }
      }
    }
    follow(going, memory);
  }

  private static boolean agree(List<Branch> group) {
    return group.stream().mapToInt(b -> b.sequence.lastToken()).distinct().count() == 1;
  }

  /** Lets each choose its next token, and returns those that another one follows. */
  private List<Branch> accept(List<Branch> group, Tensor logits, Workspace w) {
    w.stage(StageId.LOGITS, logits);
    List<Branch> going = new ArrayList<>();
    for (Branch branch : group) {
      boolean more;
      try {
        more = branch.sequence.choose(logits);
      } catch (RuntimeException e) {
        listener.failed(branch.variant, e);
        continue;
      }
      if (more) {
        going.add(branch);
      } else {
        listener.completed(branch.variant, branch.sequence.finish());
      }
    }
    return going;
  }

  private Workspace workspace(List<Variant> group) {
    NumericsTrace all = NumericsTrace.all(group.stream().map(Variant::trace).toList());
    return new Workspace(loaded.backend(), group.getFirst().profile(), all);
  }

  private static <T> List<List<T>> groups(Collection<T> all, Function<T, Object> key) {
    Map<Object, List<T>> groups = new LinkedHashMap<>();
    all.forEach(one -> groups.computeIfAbsent(key.apply(one), _ -> new ArrayList<>()).add(one));
    return List.copyOf(groups.values());
  }
}
