package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.message;
import static dev.loupe.server.Client.part;
import static dev.loupe.server.Client.scene;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.Detail;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.vision.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** OpenAI's {@code detail} of each picture. */
class DetailTest {

  /** The built-in model, and what pictures it was asked to make smaller. */
  private record Watched(Qwen2Vl model, List<Detail> details) implements OneByOne {

    @Override
    public String name() {
      return model.name();
    }

    @Override
    public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
      return model.generate(prompt, options, listener);
    }

    @Override
    public RgbImage resized(RgbImage picture, GenerationOptions options) {
      details.add(options.detail());
      return model.resized(picture, options);
    }
  }

  @Test
  void eachPictureHasTheDetailThatItIsSentWith() throws Exception {
    List<Detail> details = new ArrayList<>();
    List<Object> content = new ArrayList<>();
    for (String detail : List.of("low", "auto", "medium", "high", "full")) {
      String uri = "data:image/png;base64," + Client.base64(scene("scene-001"));
      Map<String, String> picture = Map.of("url", uri, "detail", detail);
      content.add(Map.of("type", "image_url", "image_url", picture));
    }
    content.add(part("Hello"));
    try (Qwen2Vl loaded = Qwen2Vl.loadBuiltIn();
        LoupeServer server =
            LoupeServer.start(new Watched(loaded, details), ServerOptions.defaults().port(0))) {
      assertThat(new Client(server).post(CHAT, ask(message("user", content))).status())
          .isEqualTo(200);
    }

    assertThat(details).containsExactly(Detail.LOW, Detail.MEDIUM, Detail.HIGH);
  }
}
