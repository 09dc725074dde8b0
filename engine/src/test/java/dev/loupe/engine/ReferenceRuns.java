package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.testkit.TestFiles;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/**
 * What transformers made of a set of prompts: {@code cases.json}, {@code runs.jsonl} and a
 * safetensors file of every stage for each run.
 */
public final class ReferenceRuns {
  private final String folder;

  /** Runs of {@code goldens/NAME}. */
  public ReferenceRuns(String name) {
    this.folder = "goldens/" + name;
  }

  /** A prompt, and what to call it. */
  public record Case(String name, Prompt prompt, int maxNewTokens) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** All prompts, their pictures decoded. */
  public List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (Object o : JSON.std.listFrom(Files.readAllBytes(TestFiles.file(folder + "/cases.json")))) {
      Map<?, ?> json = (Map<?, ?>) o;
      cases.add(
          new Case(
              (String) json.get("name"),
              new Prompt(messages(json), images(json), clips(json)),
              (Integer) json.get("max_new_tokens")));
    }
    return cases;
  }

  private static List<ChatMessage> messages(Map<?, ?> json) {
    List<ChatMessage> messages = new ArrayList<>();
    for (Object o : (List<?>) json.get("messages")) {
      Map<?, ?> message = (Map<?, ?>) o;
      List<ContentPart> parts = new ArrayList<>();
      if (message.get("content") instanceof String s) {
        parts.add(ContentPart.text(s));
      } else {
        for (Object p : (List<?>) message.get("content")) {
          Map<?, ?> part = (Map<?, ?>) p;
          parts.add(
              switch ((String) part.get("type")) {
                case "image" -> ContentPart.IMAGE;
                case "video" -> ContentPart.VIDEO;
                default -> ContentPart.text((String) part.get("text"));
              });
        }
      }
      messages.add(new ChatMessage((String) message.get("role"), parts));
    }
    return messages;
  }

  private List<RgbImage> images(Map<?, ?> json) throws IOException {
    return json.containsKey("images") ? decoded((List<?>) json.get("images")) : List.of();
  }

  private List<List<RgbImage>> clips(Map<?, ?> json) throws IOException {
    List<List<RgbImage>> clips = new ArrayList<>();
    if (json.containsKey("videos")) {
      for (Object frames : (List<?>) json.get("videos")) {
        clips.add(decoded((List<?>) frames));
      }
    }
    return clips;
  }

  /** Paths in the file are relative to its own folder. */
  private List<RgbImage> decoded(List<?> paths) throws IOException {
    List<RgbImage> pictures = new ArrayList<>();
    for (Object path : paths) {
      String name = Path.of(folder).resolve((String) path).normalize().toString();
      pictures.add(new ImageDecoder().decode(TestFiles.file(name)));
    }
    return pictures;
  }

  /** The line of runs.jsonl for a case, type and kind of attention. */
  public Map<String, Object> run(String name, String dtype, String attention) throws IOException {
    for (String line : Files.readAllLines(TestFiles.file(folder + "/runs.jsonl"))) {
      if (!line.contains('"' + name + '"')) {
        continue;
      }
      Map<String, Object> run = JSON.std.mapFrom(line);
      if (run.get("case").equals(name)
          && run.get("dtype").equals(dtype)
          && run.get("attn").equals(attention)) {
        return run;
      }
    }
    throw new IllegalArgumentException(name + " " + dtype + " " + attention + ": no such run");
  }

  /** The stages of a run; the caller closes the file. */
  public SafetensorsFile stages(String name, String dtype, String attention) throws IOException {
    String file = "%s/%s.%s.%s.safetensors".formatted(folder, name, dtype, attention);
    return SafetensorsFile.open(TestFiles.file(file));
  }

  /**
   * The largest difference from the golden stage, over the golden stage's largest magnitude. A
   * golden with one row is the last of ours.
   */
  public static double relativeDifference(Tensor golden, Tensor ours) {
    long count = golden.shape().elements();
    long skip = ours.shape().elements() - count;
    double largest = 0;
    double magnitude = 0;
    for (long i = 0; i < count; i++) {
      double expected = golden.getFloat(i);
      largest = Math.max(largest, Math.abs(expected - ours.getFloat(skip + i)));
      magnitude = Math.max(magnitude, Math.abs(expected));
    }
    return largest / magnitude;
  }
}
