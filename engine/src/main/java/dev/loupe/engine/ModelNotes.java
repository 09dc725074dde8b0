package dev.loupe.engine;

import dev.loupe.io.JsonObject;
import dev.loupe.io.RegularFile;
import dev.loupe.tokenizer.PublishedTemplate;
import dev.loupe.weights.Adapter;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a user should know about the files of a model that loads all the same: what other programs
 * would read and Loupe does not, and what is missing.
 */
public final class ModelNotes {
  private static final String JINJA = "chat_template.jinja";
  private static final String TEMPLATE = "chat_template";

  /** Where transformers looks for a template, in its order. */
  private static final List<String> TEMPLATE_FILES =
      List.of("processor_config.json", "chat_template.json", JINJA, "tokenizer_config.json");

  private static final int MAX_TEMPLATE = 16 << 20;

  private ModelNotes() {}

  /** The notes, one line each. */
  public static List<String> of(ModelFiles files) {
    List<String> notes = new ArrayList<>();
    pictures(files).ifPresent(notes::add);
    template(files).ifPresent(notes::add);
    adapter(files).ifPresent(notes::add);
    return List.copyOf(notes);
  }

  private static Optional<String> pictures(ModelFiles files) {
    try {
      return ModelParts.imagesSource(files).isPresent()
          ? Optional.empty()
          : Optional.of(
              ("%s: expected preprocessor_config.json or processor_config.json, found neither; "
                      + "pictures get the defaults of transformers, at most 1,003,520 pixels")
                  .formatted(files.location()));
    } catch (IOException e) {
      return Optional.empty(); // To load the model is an error, which says more.
    }
  }

  private static Optional<String> adapter(ModelFiles files) {
    return Adapter.FILES.stream()
        .filter(files::has)
        .findFirst()
        .map(file ->
            "%s: an adapter lies beside the model, and is not applied; to apply it, %s"
                .formatted(file, Adapter.REMEDY));
  }

  private static Optional<String> template(ModelFiles files) {
    for (String file : TEMPLATE_FILES) {
      if (files.has(file)) {
        try {
          Optional<String> template = template(files, file);
          if (template.isPresent()) {
            return template
                .filter(text -> !PublishedTemplate.isQwen2Vl(text))
                .map(_ -> note(file, "found another one"));
          }
        } catch (IOException | IllegalArgumentException e) {
          return Optional.of(note(file, "found none that can be read (" + e.getMessage() + ")"));
        }
      }
    }
    return Optional.empty();
  }

  private static String note(String file, String found) {
    return ("%s: expected the chat template of Qwen2-VL-Instruct, %s; Loupe runs no templates of "
            + "models and uses that of Qwen2-VL-Instruct, so answers may differ from other programs")
        .formatted(file, found);
  }

  private static Optional<String> template(ModelFiles files, String file) throws IOException {
    if (file.equals(JINJA)) {
      try (InputStream in = files.open(file)) {
        byte[] content = RegularFile.readAllBytes(in, MAX_TEMPLATE, file);
        return Optional.of(new String(content, StandardCharsets.UTF_8));
      }
    }
    JsonObject json = ModelParts.json(files, file);
    return switch (json.value(TEMPLATE).orElse("")) {
      case List<?> named -> named.stream().flatMap(ModelNotes::defaultOne).findFirst();
      case Map<?, ?> named -> Optional.ofNullable(named.get("default")).map(String::valueOf);
      default -> json.text(TEMPLATE);
    };
  }

  /** One of several templates, each an object with a name. */
  private static Stream<String> defaultOne(Object named) {
    return named instanceof Map<?, ?> map
            && "default".equals(map.get("name"))
            && map.get("template") instanceof String text
        ? Stream.of(text)
        : Stream.empty();
  }
}
