package dev.loupe.server;

import static dev.loupe.server.Client.CHAT;
import static dev.loupe.server.Client.ask;
import static dev.loupe.server.Client.question;
import static dev.loupe.server.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.MonitorFile;
import dev.loupe.engine.Qwen2Vl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.jr.ob.JSON;

/** A monitor of the server: whole lines, each with the id of its request. */
class MonitorTest {
  private static final int TOKENS = 5;

  @TempDir Path folder;

  @Test
  void requestsAtTheSameTimeHaveWholeLinesWithTheirIds() throws Exception {
    Path file = folder.resolve("monitor.jsonl");
    List<String> ids = new ArrayList<>();
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
        MonitorFile monitor = MonitorFile.open(file, model.name(), model.profile(), _ -> {});
        LoupeServer server =
            LoupeServer.start(model, ServerOptions.defaults().port(0).watches(monitor::watch));
        Client client = new Client(server);
        ExecutorService clients = Executors.newFixedThreadPool(2)) {
      List<Future<String>> replies = new ArrayList<>();
      for (String scene : List.of("scene-000", "scene-001")) {
        Map<String, Object> body = with(ask(question(scene)), "max_tokens", TOKENS);
        replies.add(clients.submit(() -> (String) client.post(CHAT, body).at("id")));
      }
      for (Future<String> reply : replies) {
        ids.add(reply.get().replace("chatcmpl-", ""));
      }
    }

    Map<Object, List<Object>> steps = new HashMap<>();
    List<String> lines = Files.readAllLines(file);
    for (String line : lines.subList(1, lines.size())) {
      Map<String, Object> fields = JSON.std.mapFrom(line);
      steps.computeIfAbsent(fields.get("request"), _ -> new ArrayList<>()).add(fields.get("step"));
    }
    assertThat(steps.keySet()).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(steps.values()).allSatisfy(each -> assertThat(each).containsExactly(0, 1, 2, 3, 4));
  }
}
