package dev.loupe.engine;

import dev.loupe.engine.sampling.LogitsPipeline;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.io.JsonException;
import dev.loupe.io.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code generation_config.json} says: how a checkpoint answers by default. A setting that
 * Loupe does not implement is refused where it would change an answer, and listed where its meaning
 * is unknown.
 *
 * @param eosTokenIds end an answer
 * @param maxNewTokens the longest answer
 * @param maxLength the longest prompt and answer together
 * @param minLength the shortest prompt and answer together
 * @param stopStrings end an answer
 * @param sampling the rest; a draw's numbers are as the file has them, and judged when something is
 *     drawn: transformers writes numbers that mean nothing beside {@code do_sample: false}
 * @param drawRefusal why nothing can be drawn as the file says; empty if it can
 * @param unknown settings that transformers 5.18 does not have either, which are ignored
 */
record GenerationConfig(
    List<Integer> eosTokenIds,
    OptionalInt maxNewTokens,
    OptionalInt maxLength,
    int minLength,
    List<String> stopStrings,
    SamplingSettings sampling,
    Optional<String> drawRefusal,
    List<String> unknown) {

  private static final String FILE = "generation_config.json";

  /** What is read here. */
  private static final Set<String> READ =
      Set.of(
          "eos_token_id",
          "max_new_tokens",
          "max_length",
          "min_new_tokens",
          "min_length",
          "stop_strings",
          "do_sample",
          "repetition_penalty",
          "remove_invalid_values",
          "temperature",
          "top_k",
          "top_p",
          "min_p");

  /** What changes answers and is not implemented, with the value that switches it off. */
  private static final Map<String, Object> OFF = off();

  private static Map<String, Object> off() {
    Map<String, Object> off = new LinkedHashMap<>();
    for (String one :
        List.of(
            "num_beams",
            "num_beam_groups",
            "num_return_sequences",
            "encoder_repetition_penalty",
            "guidance_scale")) {
      off.put(one, 1);
    }
    for (String zero :
        List.of(
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "diversity_penalty",
            "penalty_alpha")) {
      off.put(zero, 0);
    }
    for (String none :
        List.of(
            "max_time",
            "bad_words_ids",
            "force_words_ids",
            "constraints",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "suppress_tokens",
            "begin_suppress_tokens",
            "sequence_bias",
            "exponential_decay_length_penalty",
            "watermarking_config",
            "dola_layers")) {
      off.put(none, List.of());
    }
    off.put("renormalize_logits", false);
    off.put("token_healing", false);
    return off;
  }

  /** The same of what acts only where tokens are drawn. */
  private static final Map<String, Object> OFF_IN_DRAWS =
      Map.of("typical_p", 1, "epsilon_cutoff", 0, "eta_cutoff", 0, "top_h", List.of());

  /** What changes no answer of Loupe: the shape of outputs, caches, speed, and beams alone. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "bos_token_id",
          "pad_token_id",
          "decoder_start_token_id",
          "transformers_version",
          "_from_model_config",
          "use_cache",
          "cache_implementation",
          "cache_config",
          "return_legacy_cache",
          "prefill_chunk_size",
          "output_scores",
          "output_logits",
          "output_attentions",
          "output_hidden_states",
          "return_dict_in_generate",
          "early_stopping",
          "length_penalty",
          "low_memory",
          "compile_config",
          "disable_compile",
          "assistant_early_exit",
          "assistant_confidence_threshold",
          "assistant_lookbehind",
          "is_assistant",
          "num_assistant_tokens",
          "num_assistant_tokens_schedule",
          "max_matching_ngram_size",
          "prompt_lookup_num_tokens",
          "target_lookbehind",
          "generation_kwargs",
          "chat_format");

  /**
   * Reads the content of the file.
   *
   * @param json empty if there is no such file
   * @param config says which tokens end an answer where the file does not
   * @throws IOException if a setting is of another type or out of range, or asks for something that
   *     Loupe does not implement
   */
  static GenerationConfig of(JsonObject fields, Qwen2VlConfig config) throws IOException {
    try {
      return read(fields, config);
    } catch (IllegalArgumentException e) {
      throw new IOException(FILE + ": " + e.getMessage(), e);
    }
  }

  private static GenerationConfig read(JsonObject fields, Qwen2VlConfig config) {
    OFF.forEach((name, off) -> requireOff(fields, name, off));
    List<Integer> eos = fields.integers("eos_token_id");
    return new GenerationConfig(
        eos.isEmpty() ? config.eosTokenIds() : eos,
        length(fields, "max_new_tokens"),
        length(fields, "max_length"),
        length(fields, "min_length").orElse(0),
        stopStrings(fields),
        sampling(fields),
        drawRefusal(fields),
        fields.values().keySet().stream().filter(GenerationConfig::isUnknown).sorted().toList());
  }

  private static boolean isUnknown(String setting) {
    return !READ.contains(setting)
        && !OFF.containsKey(setting)
        && !OFF_IN_DRAWS.containsKey(setting)
        && !WITHOUT_EFFECT.contains(setting);
  }

  private static SamplingSettings sampling(JsonObject fields) {
    SamplingSettings absent = SamplingSettings.defaults();
    SamplingSettings sampling =
        absent.toBuilder()
            .doSample(fields.flag("do_sample", absent.doSample()))
            .repetitionPenalty(
                fields.number("repetition_penalty").orElse(absent.repetitionPenalty()))
            .minNewTokens(fields.integer("min_new_tokens").orElse(absent.minNewTokens()))
            .removeInvalidValues(fields.flag("remove_invalid_values", absent.removeInvalidValues()))
            .temperature(fields.number("temperature").orElse(absent.temperature()))
            .topK(fields.integer("top_k").orElse(absent.topK()))
            .topP(fields.number("top_p").orElse(absent.topP()))
            .minP(fields.number("min_p").orElse(absent.minP()))
            .build();
    LogitsPipeline.of(sampling, 0, List.of()); // Checks the ranges of what is used.
    if (sampling.doSample()) {
      drawRefusal(fields)
          .ifPresent(refusal -> {
            throw new IllegalArgumentException(refusal);
          });
    }
    return sampling;
  }

  private static Optional<String> drawRefusal(JsonObject fields) {
    try {
      OFF_IN_DRAWS.forEach((name, off) -> requireOff(fields, name, off));
      return Optional.empty();
    } catch (JsonException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static List<String> stopStrings(JsonObject fields) {
    List<String> stop = fields.texts("stop_strings");
    int empty = stop.indexOf("");
    if (empty >= 0) {
      throw fields.wrong("stop_strings", empty, "a string that is not empty");
    }
    return stop;
  }

  private static OptionalInt length(JsonObject fields, String name) {
    int found = fields.integer(name).orElse(0);
    if (found < 0) {
      throw fields.wrong(name, "0 or more");
    }
    return found == 0 ? OptionalInt.empty() : OptionalInt.of(found);
  }

  private static void requireOff(JsonObject fields, String name, Object off) {
    boolean isOff =
        switch (fields.values().get(name)) {
          case null -> true;
          case Number n -> off instanceof Number o && n.doubleValue() == o.doubleValue();
          case List<?> list -> list.isEmpty();
          case Map<?, ?> map -> map.isEmpty();
          case Object found -> found.equals(off);
        };
    if (!isOff) {
      String expected = off instanceof List<?> ? "nothing" : String.valueOf(off);
      throw fields.wrong(
          name,
          expected + ", which switches it off",
          "Loupe does not implement it, remove it from the file");
    }
  }
}
