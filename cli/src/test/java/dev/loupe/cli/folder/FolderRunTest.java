package dev.loupe.cli.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.Caption;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run ends, whichever of its threads meets an error. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FolderRunTest {

  private static final int PICTURES = 12;

  @TempDir Path folder;

  @BeforeEach
  void pictures() throws IOException {
    for (int i = 0; i < PICTURES; i++) {
      Files.copy(TestFiles.scene("scene-011"), folder.resolve(i + ".png"));
    }
  }

  @Test
  void anErrorInTheReadingThreadEndsTheRunWithAMessage() {
    Throwable thrown =
        catchThrowable(() ->
            run(
                new Silent() {
                  @Override
                  public void read(PictureFile picture) {
                    throw new AssertionError("reading broke");
                  }
                }));

    assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining("reading broke");
  }

  @Test
  void anErrorInTheComputingThreadEndsTheRunAndLosesNoCaption() {
    List<String> captioned = new ArrayList<>();

    Throwable thrown =
        catchThrowable(() ->
            run(
                new Silent() {
                  private int tokens;

                  @Override
                  public void token() {
                    if (tokens++ > 30) {
                      throw new InternalError("a fault occurred");
                    }
                  }

                  @Override
                  public void captioned(PictureFile picture, Caption caption) {
                    captioned.add(picture.name());
                  }
                }));

    assertThat(thrown).isInstanceOf(InternalError.class);
    assertThat(captioned).isNotEmpty().hasSizeLessThan(PICTURES);
    assertThat(captioned).allSatisfy(name -> assertThat(folder.resolve(name + ".txt")).exists());
  }

  @Test
  void anErrorInTheWritingThreadEndsTheRunWithAMessage() {
    Throwable thrown =
        catchThrowable(() ->
            run(
                new Silent() {
                  @Override
                  public void captioned(PictureFile picture, Caption caption) {
                    throw new AssertionError("writing broke");
                  }
                }));

    assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining("writing broke");
  }

  @Test
  void aPictureWhosePromptCannotBeMadeFailsAloneWhateverTheError() throws IOException {
    List<FailedPicture> failed = new ArrayList<>();
    CaptionStore store =
        new SidecarStore(Optional.empty(), folder, ".txt", ExistingPolicy.APPEND, "");
    CaptionStore deep =
        (CaptionStore)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CaptionStore.class},
                (self, method, arguments) -> {
                  if (method.getName().equals("existingCaption")
                      && ((PictureFile) arguments[0]).name().equals("3")) {
                    throw new StackOverflowError("deep");
                  }
                  return method.invoke(store, arguments);
                });

    run(
        deep,
        ExistingPolicy.APPEND,
        new Silent() {
          @Override
          public void failed(FailedPicture failure) {
            failed.add(failure);
          }
        });

    assertThat(failed).singleElement().satisfies(f -> assertThat(f.label()).endsWith("3.png"));
    assertThat(folder.resolve("4.txt")).exists();
    assertThat(folder.resolve("3.txt")).doesNotExist();
  }

  private void run(RunListener listener) throws IOException {
    run(
        new SidecarStore(Optional.empty(), folder, ".txt", ExistingPolicy.SKIP, ""),
        ExistingPolicy.SKIP,
        listener);
  }

  private void run(CaptionStore store, ExistingPolicy existing, RunListener listener)
      throws IOException {
    PictureFinder found = new PictureFinder(false);
    found.add(folder);
    CaptionTemplate none = new CaptionTemplate("");
    try (store;
        Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      store.open();
      new FolderRun(
              found.pictures(),
              store,
              new PictureReader(new ImageDecoder()),
              new CaptionTemplate(Qwen2Vl.CAPTION_PROMPT),
              new CaptionComposer(none, none, existing, " "),
              new CaptionWatching(
                  Optional.empty(), GenerationOptions.greedy(), _ -> AnswerWatch.NONE),
              false,
              listener)
          .run(model, GenerationOptions.greedy(), images(), 2);
    }
  }

  private static ImageProcessor images() throws IOException {
    ModelFiles files = BuiltInModel.files();
    return new ImageProcessor(ModelParts.images(files, ModelParts.config(files)));
  }

  /** Hears everything and does nothing. */
  private static class Silent implements RunListener {
    @Override
    public void read(PictureFile picture) {
      // Nobody is told.
    }

    @Override
    public void token() {
      // Nobody is told.
    }

    @Override
    public void captioned(PictureFile picture, Caption caption) {
      // Nobody is told.
    }

    @Override
    public void failed(FailedPicture failed) {
      // Nobody is told.
    }
  }
}
