package dev.loupe.engine;

import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TiePolicy;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What {@code generation_config.json} says: how the makers of a checkpoint want it to answer.
 *
 * @param eosTokenIds end an answer
 * @param sampling the rest
 */
record GenerationConfig(List<Integer> eosTokenIds, SamplingSettings sampling) {

  /**
   * Reads the content of the file.
   *
   * @param json empty if there is no such file
   * @param config says which tokens end an answer where the file does not
   */
  static GenerationConfig of(Map<String, Object> json, Qwen2VlConfig config) throws IOException {
    ConfigFields fields = ConfigFields.of("generation_config.json", json);
    List<Integer> eos = fields.integers("eos_token_id");
    SamplingSettings absent = SamplingSettings.defaults();
    SamplingSettings sampling =
        new SamplingSettings(
            fields.flag("do_sample", absent.doSample()),
            fields.number("repetition_penalty", absent.repetitionPenalty()),
            fields.integer("min_new_tokens", absent.minNewTokens()),
            fields.flag("remove_invalid_values", absent.removeInvalidValues()),
            fields.number("temperature", absent.temperature()),
            fields.integer("top_k", absent.topK()),
            fields.number("top_p", absent.topP()),
            fields.number("min_p", absent.minP()),
            TiePolicy.TORCH_CPU);
    return new GenerationConfig(eos.isEmpty() ? config.eosTokenIds() : eos, sampling);
  }
}
