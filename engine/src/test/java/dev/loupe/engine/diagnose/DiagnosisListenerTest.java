package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.Prompt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosisListenerTest {

  /** A prompt without a picture, so no part is called pictures. */
  @Test
  void hearsOfEachPartAndHowManyRunsAreDone() throws IOException {
    List<String> heard = new ArrayList<>();
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .remedies(List.of(Remedy.CLAMP, Remedy.GREEDY))
            .listener((done, total, next) -> heard.add(done + "/" + total + " " + next));
    Diagnosis.of(BuiltInModel.files(), Prompt.of("What is it?"), options);
    assertThat(heard)
        .containsExactly(
            "0/6 loading float32 weights",
            "0/6 float32 sdpa: prompt",
            "0/6 float32 sdpa: answer",
            "2/6 loading float16 weights",
            "2/6 float16 eager: prompt",
            "2/6 float16 eager: answer",
            "4/6 float16 eager, clamp: prompt",
            "4/6 float16 eager, clamp: answer",
            "5/6 float16 eager: backwards");
  }
}
