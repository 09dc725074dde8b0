package dev.loupe.server;

import static dev.loupe.server.Client.CAPTION;
import static dev.loupe.server.Client.scene;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The libraries that people use, unmodified, from the npm registry. */
@Tag("clients")
class ClientLibrariesTest {

  private static Qwen2Vl model;
  private static LoupeServer server;

  @BeforeAll
  static void start() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    server = LoupeServer.start(model, ServerOptions.defaults().port(0));
  }

  @AfterAll
  static void stop() {
    server.close();
    model.close();
  }

  @Test
  void openAisLibraryCompletesAndStreamsACaption() throws Exception {
    NodeScripts node = NodeScripts.with("openai", "7.57.0");
    Map<String, Object> result = node.run("openai.mjs", server.uri(), scene("scene-001"));
    assertThat(result)
        .containsEntry("whole", CAPTION)
        .containsEntry("text", CAPTION)
        .containsEntry("reason", "stop")
        .containsEntry("wholeUsage", 61)
        .containsEntry("streamUsage", 61)
        .containsEntry("models", List.of("captioner"))
        .containsEntry(
            "refused",
            Map.of(
                "kind", "NotFoundError",
                "status", 404,
                "code", "model_not_found",
                "param", "model"));
    assertThat((Integer) result.get("pieces")).isGreaterThan(10);
  }

  @Test
  void ollamasLibraryCompletesAndStreamsACaption() throws Exception {
    NodeScripts node = NodeScripts.with("ollama", "0.6.4");
    Map<String, Object> result = node.run("ollama.mjs", server.uri(), scene("scene-001"));
    assertThat(result)
        .containsEntry("whole", CAPTION)
        .containsEntry("text", CAPTION)
        .containsEntry("reason", "stop")
        .containsEntry("tokens", 18)
        .containsEntry("models", List.of("captioner"))
        .containsEntry("refused", "model: expected captioner, the one that is loaded, found other");
    assertThat((Integer) result.get("pieces")).isGreaterThan(10);
  }
}
