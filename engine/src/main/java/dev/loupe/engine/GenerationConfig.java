package dev.loupe.engine;

import dev.loupe.engine.sampling.SamplingSettings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param sampling the rest
 * @param unknown settings that transformers 5.18 does not have either, which are ignored
 */
record GenerationConfig(
    List<Integer> eosTokenIds,
    OptionalInt maxNewTokens,
    OptionalInt maxLength,
    int minLength,
    List<String> stopStrings,
    SamplingSettings sampling,
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
            "typical_p",
            "encoder_repetition_penalty",
            "guidance_scale")) {
      off.put(one, 1);
    }
    for (String zero :
        List.of(
            "epsilon_cutoff",
            "eta_cutoff",
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "diversity_penalty",
            "penalty_alpha")) {
      off.put(zero, 0);
    }
    for (String none :
        List.of(
            "top_h",
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
  static GenerationConfig of(Map<String, Object> json, Qwen2VlConfig config) throws IOException {
    ConfigFields fields = ConfigFields.of(FILE, json);
    for (var setting : OFF.entrySet()) {
      requireOff(setting.getKey(), setting.getValue(), json.get(setting.getKey()));
    }
    List<Integer> eos = fields.integers("eos_token_id");
    return new GenerationConfig(
        eos.isEmpty() ? config.eosTokenIds() : List.copyOf(eos),
        length(fields, "max_new_tokens"),
        length(fields, "max_length"),
        length(fields, "min_length").orElse(0),
        fields.texts("stop_strings"),
        sampling(fields),
        json.keySet().stream().filter(GenerationConfig::isUnknown).sorted().toList());
  }

  private static boolean isUnknown(String setting) {
    return !READ.contains(setting)
        && !OFF.containsKey(setting)
        && !WITHOUT_EFFECT.contains(setting);
  }

  private static SamplingSettings sampling(ConfigFields fields) throws IOException {
    SamplingSettings absent = SamplingSettings.defaults();
    SamplingSettings sampling =
        absent.toBuilder()
            .doSample(fields.flag("do_sample", absent.doSample()))
            .repetitionPenalty(fields.number("repetition_penalty", absent.repetitionPenalty()))
            .minNewTokens(fields.integer("min_new_tokens", absent.minNewTokens()))
            .removeInvalidValues(fields.flag("remove_invalid_values", absent.removeInvalidValues()))
            .temperature(fields.number("temperature", absent.temperature()))
            .topK(fields.integer("top_k", absent.topK()))
            .topP(fields.number("top_p", absent.topP()))
            .minP(fields.number("min_p", absent.minP()))
            .build();
    try {
      sampling.requireRanges();
      return sampling;
    } catch (IllegalArgumentException e) {
      throw new IOException(FILE + ": " + e.getMessage(), e);
    }
  }

  private static OptionalInt length(ConfigFields fields, String name) throws IOException {
    if (!fields.has(name)) {
      return OptionalInt.empty();
    }
    int found = fields.integer(name);
    if (found < 0) {
      throw new IOException("%s: %s: expected 0 or more, found %d".formatted(FILE, name, found));
    }
    return found == 0 ? OptionalInt.empty() : OptionalInt.of(found);
  }

  private static void requireOff(String name, Object off, Object found) throws IOException {
    boolean isOff =
        switch (found) {
          case null -> true;
          case Number n -> off instanceof Number o && n.doubleValue() == o.doubleValue();
          case List<?> list -> list.isEmpty();
          case Map<?, ?> map -> map.isEmpty();
          default -> found.equals(off);
        };
    if (!isOff) {
      String expected = off instanceof List<?> ? "nothing" : String.valueOf(off);
      throw new IOException(
          ("%s: %s: expected %s, which switches it off, found %s; Loupe does not implement it, "
                  + "remove it from the file")
              .formatted(FILE, name, expected, found));
    }
  }
}
