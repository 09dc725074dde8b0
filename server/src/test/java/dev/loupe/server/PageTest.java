package dev.loupe.server;

import static dev.loupe.server.Client.CAPTION;
import static dev.loupe.server.Client.scene;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The page in a real browser without a window. */
@Tag("clients")
class PageTest {

  private static final String KEY = "kept-secret-0123";

  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Map<String, Object> play(String scenario, LoupeServer server) throws Exception {
    Optional<Path> chromium = NodeScripts.find("chromium");
    assumeTrue(chromium.isPresent(), "chromium is not on the path");
    NodeScripts node = NodeScripts.with("playwright-core", "1.65.1");
    Map<String, Object> result =
        node.run("page.cjs", chromium.get(), server.uri(), scene("scene-001"), scenario);
    assertThat(result).containsEntry("errors", List.of()).containsEntry("foreign", List.of());
    return result;
  }

  @Test
  void aPictureIsChosenAskedAboutAndTheAnswerStreams() throws Exception {
    ServedModel slow = new SlowModel(model);
    try (LoupeServer server = LoupeServer.start(slow, ServerOptions.defaults().port(0))) {
      Map<String, Object> result = play("conversation", server);
      assertThat(result)
          .containsEntry("title", "Loupe: captioner")
          .containsEntry("questions", List.of(Client.QUESTION, Qwen2Vl.CAPTION_PROMPT));
      assertThat((List<?>) result.get("answers")).hasSize(2).first().isEqualTo(CAPTION);
      assertThat((Integer) result.get("grown")).isGreaterThan(5);
      assertThat((String) result.get("about")).startsWith("18 tokens");
    }
  }

  @Test
  void anAnswerIsStopped() throws Exception {
    try (LoupeServer server =
        LoupeServer.start(new TalkingModel(), ServerOptions.defaults().port(0))) {
      Map<String, Object> result = play("stop", server);
      assertThat((String) result.get("about")).contains("stopped");
      assertThat(result).containsEntry("sendVisible", true);
      Await.until("the model is silent", () -> server.pending() == 0);
    }
  }

  @Test
  void theKeyIsAskedFor() throws Exception {
    try (LoupeServer server =
        LoupeServer.start(model, ServerOptions.defaults().port(0).apiKey(KEY))) {
      assertThat(play("key", server)).containsEntry("model", "captioner");
    }
  }

  @Test
  void whatIsWrongIsToldAndMarkupIsText() throws Exception {
    try (LoupeServer server = LoupeServer.start(model, ServerOptions.defaults().port(0))) {
      Map<String, Object> result = play("broken", server);
      assertThat((String) result.get("failure"))
          .startsWith("This does not work: expected a picture");
      assertThat(result).containsEntry("question", "<img src=x>");
    }
  }
}
