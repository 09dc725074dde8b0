package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.synthetic.SyntheticModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said about a model that loads all the same. */
class ModelNotesTest {
  private static final String OTHER = "{% for m in messages %}{{ m.content }}{% endfor %}";

  private static final String USED = "uses that of Qwen2-VL-Instruct";

  @Test
  void nothingIsSaidAboutAModelAsPublished() {
    assertThat(ModelNotes.of(BuiltInModel.files())).isEmpty();
    assertThat(ModelNotes.of(new SyntheticModel("synthetic:2b"))).isEmpty();
  }

  @Test
  void missingSettingsOfPicturesAreTold() {
    assertThat(ModelNotes.of(new ChangedModel().without("preprocessor_config.json")))
        .singleElement()
        .asString()
        .contains("found neither", "1,003,520 pixels");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "chat_template.jinja | " + OTHER,
        "chat_template.jinja | nothing but text",
        "chat_template.json | {'chat_template':'" + OTHER + "'}",
        "processor_config.json | {'image_processor':{},'chat_template':'" + OTHER + "'}",
        "tokenizer_config.json | {'chat_template':'" + OTHER + "'}",
        "tokenizer_config.json | {'chat_template':[{'name':'default','template':'" + OTHER + "'}]}",
        "chat_template.json | {'chat_template':{'default':'" + OTHER + "'}}",
        "chat_template.json | no JSON",
        "chat_template.json | {'chat_template':7}"
      })
  void anotherChatTemplateIsToldOnceWithTheOneThatIsUsed(String file, String content) {
    String json = file.endsWith("json") ? content.replace('\'', '"') : content;
    assertThat(ModelNotes.of(new ChangedModel().with(file, json)))
        .singleElement()
        .asString()
        .startsWith(file + ": expected the chat template of Qwen2-VL-Instruct, found ")
        .contains(USED);
  }

  /** The template of the processor goes before that of the tokenizer, as in transformers. */
  @Test
  void onlyTheFirstTemplateCounts() {
    ChangedModel files =
        new ChangedModel()
            .with("chat_template.jinja", OTHER)
            .with("tokenizer_config.json", "{\"chat_template\":\"" + OTHER + "\"}");
    assertThat(ModelNotes.of(files)).singleElement().asString().startsWith("chat_template.jinja");
  }

  @ParameterizedTest
  @ValueSource(strings = {"adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"})
  void anAdapterBesideTheModelIsToldWithARemedy(String file) {
    assertThat(ModelNotes.of(new ChangedModel().with(file, "{}")))
        .singleElement()
        .asString()
        .startsWith(file + ": an adapter lies beside the model, and is not applied")
        .contains("merge_and_unload");
  }

  @Test
  void aLoadTellsEachNoteOnce() throws IOException {
    List<String> warnings = new ArrayList<>();
    LoadListener listener =
        new LoadListener() {
          @Override
          public void packed(long done, long total) {}

          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        };
    ChangedModel files =
        new ChangedModel().with("chat_template.jinja", OTHER).with("adapter_config.json", "{}");
    LoadOptions options = LoadOptions.defaults().noCache().listener(listener);
    try (Qwen2Vl model = Qwen2Vl.load(files, options)) {
      model.generate(Prompt.of("A"), GenerationOptions.greedy().maxNewTokens(1));
    }
    assertThat(warnings).hasSize(2);
  }
}
