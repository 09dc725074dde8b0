package dev.loupe.engine;

import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.io.JsonObject;
import dev.loupe.io.RegularFile;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.VisionConfig;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.quantised.DequantisedWeights;
import dev.loupe.weights.quantised.QuantizationConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The parts of a model beside its weights, each of which can be read alone: what {@link
 * Qwen2Vl#load} reads first. They are small, but for a tokenizer of some megabytes.
 */
public final class ModelParts {
  private static final String CONFIG = "config.json";
  private static final String GENERATION = "generation_config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String PROCESSOR = "processor_config.json";
  private static final String NESTED = "image_processor";

  /** Bytes of a small file: a thousand times what is published. */
  private static final int MAX_JSON = 64 << 20;

  /** The settings of the pictures, and where they were found. */
  private record PictureSettings(String source, JsonObject json) {}

  private ModelParts() {}

  /**
   * What {@code config.json} says.
   *
   * @throws IOException if the file is missing or not JSON, or a field is missing, of another type,
   *     does not fit the others, or asks for something Loupe does not implement
   */
  public static Qwen2VlConfig config(ModelFiles files) throws IOException {
    return Qwen2VlConfig.of(json(files, CONFIG));
  }

  /**
   * The weights as the model loads them: those of quantised layers dequantised.
   *
   * @param compute the type that computes
   * @param backend whose threads dequantise; stays the caller's
   * @throws IOException if there are none, they are refused, or {@code quantization_config} asks
   *     for a format that Loupe does not read
   */
  public static ModelWeights weights(ModelFiles files, DType compute, Backend backend)
      throws IOException {
    QuantizationConfig quantization = quantization(files); // Refuses before a file is opened.
    return DequantisedWeights.of(files.openWeights(), quantization, compute, backend);
  }

  /** What {@code config.json} says of the format of quantised layers. */
  static QuantizationConfig quantization(ModelFiles files) throws IOException {
    try {
      return QuantizationConfig.of(json(files, CONFIG).values());
    } catch (IllegalArgumentException e) {
      throw new IOException(CONFIG + ": " + e.getMessage(), e);
    }
  }

  /**
   * The content of {@code generation_config.json}, checked as in {@link Qwen2Vl#load}; empty if
   * there is no such file.
   *
   * @throws IOException if it is not JSON, or a setting that Loupe reads is of another type
   */
  public static Map<String, Object> generation(ModelFiles files, Qwen2VlConfig config)
      throws IOException {
    JsonObject json = optionalJson(files, GENERATION);
    GenerationConfig.of(json, config);
    return json.values();
  }

  /** The content of {@code generation_config.json}, as values. */
  static GenerationConfig generationConfig(ModelFiles files, Qwen2VlConfig config)
      throws IOException {
    return GenerationConfig.of(optionalJson(files, GENERATION), config);
  }

  /**
   * The settings of the pictures, whose patches and windows must be those that the tower expects.
   * As in transformers 5, they are {@code image_processor} in {@code processor_config.json}, else
   * {@code preprocessor_config.json}; the defaults of transformers if there is neither.
   *
   * @throws IOException if the file is not JSON, or asks for something Loupe does not implement
   */
  public static ImageProcessorConfig images(ModelFiles files, Qwen2VlConfig config)
      throws IOException {
    PictureSettings settings =
        pictureSettings(files)
            .orElse(new PictureSettings("defaults of the pictures", JsonObject.of(Map.of())));
    String source = settings.source();
    try {
      ImageProcessorConfig images = ImageProcessorConfig.of(settings.json().values());
      VisionConfig vision = config.vision();
      requireSame(source, "patch_size", vision.patchSize(), images.patchSize());
      requireSame(
          source, "temporal_patch_size", vision.temporalPatchSize(), images.temporalPatchSize());
      requireSame(source, "merge_size", vision.spatialMergeSize(), images.mergeSize());
      if (vision.inChannels() != RgbImage.CHANNELS) {
        throw new IOException(
            "config.json: vision_config.in_channels: expected the %d channels of a picture, found %d"
                .formatted(RgbImage.CHANNELS, vision.inChannels()));
      }
      return images;
    } catch (IllegalArgumentException e) {
      throw new IOException(source + " of " + files.location() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Where {@link #images} finds the settings of the pictures; empty if there is no such file.
   *
   * @throws IOException if a file is not JSON
   */
  public static Optional<String> imagesSource(ModelFiles files) throws IOException {
    return pictureSettings(files).map(PictureSettings::source);
  }

  private static Optional<PictureSettings> pictureSettings(ModelFiles files) throws IOException {
    if (files.has(PROCESSOR)) {
      try {
        Optional<JsonObject> nested = json(files, PROCESSOR).object(NESTED);
        if (nested.isPresent()) {
          return Optional.of(new PictureSettings(NESTED + " in " + PROCESSOR, nested.get()));
        }
      } catch (JsonException e) {
        throw new IOException(PROCESSOR + " of " + files.location() + ": " + e.getMessage(), e);
      }
    }
    return files.has(PREPROCESSOR)
        ? Optional.of(new PictureSettings(PREPROCESSOR, json(files, PREPROCESSOR)))
        : Optional.empty();
  }

  /** {@code merge_size} is the name of {@code spatial_merge_size} in this file. */
  private static void requireSame(String source, String field, int config, int found)
      throws IOException {
    if (found != config) {
      throw new IOException(
          "%s: expected the %s %d of config.json, found %d"
              .formatted(source, field, config, found));
    }
  }

  /**
   * The tokenizer.
   *
   * @param folder with the tokenizer's files, for models that have none; empty: the model's own
   * @throws IOException if files are missing or refused
   */
  public static Tokenizer tokenizer(ModelFiles files, Optional<Path> folder) throws IOException {
    if (folder.isPresent()) {
      return Tokenizer.load(folder.get());
    }
    return Tokenizer.load(
        files.location(),
        name -> files.has(name) ? Optional.of(files.open(name)) : Optional.empty());
  }

  private static JsonObject optionalJson(ModelFiles files, String name) throws IOException {
    return files.has(name) ? json(files, name) : JsonObject.of(Map.of());
  }

  /** The content of a small file that must be there. */
  static JsonObject json(ModelFiles files, String name) throws IOException {
    try (InputStream in = files.open(name)) {
      return Json.read(RegularFile.readAllBytes(in, MAX_JSON, name));
    } catch (JsonException e) {
      throw new IOException("%s of %s: %s".formatted(name, files.location(), e.getMessage()), e);
    }
  }
}
