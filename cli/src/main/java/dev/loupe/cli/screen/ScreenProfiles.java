package dev.loupe.cli.screen;

import dev.loupe.cli.command.InterruptHandler;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.screen.PictureScreen;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.engine.screen.ScreenListener;
import dev.loupe.engine.screen.ScreenReport.Unread;
import dev.loupe.engine.screen.ScreenRun;
import dev.loupe.engine.screen.Screening;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Screens pictures in several arithmetics; weights are loaded once for each type. */
final class ScreenProfiles {
  private final ScreenPictures pictures;
  private final GenerationOptions options;
  private final Optional<ScreenState> state;
  private final PrintStream err;
  private final ProgressReporter progress;
  private final Map<Integer, Unread> unread = new LinkedHashMap<>();
  private volatile boolean stopped;

  /**
   * A screen that has not begun.
   *
   * @param state keeps what is screened, if anything does
   */
  ScreenProfiles(
      ScreenPictures pictures,
      GenerationOptions options,
      Optional<ScreenState> state,
      PrintStream err,
      ProgressReporter progress) {
    this.pictures = pictures;
    this.options = options;
    this.state = state;
    this.err = err;
    this.progress = progress;
  }

  /** Whether it was interrupted. */
  boolean stopped() {
    return stopped;
  }

  /** The pictures that could not be run. */
  List<Unread> unread() {
    return List.copyOf(unread.values());
  }

  /**
   * Screens in each arithmetic. What is known from an interrupted screen is not run again.
   *
   * @throws IOException if the model cannot be loaded, or the state cannot be written
   */
  List<ProfileReport> run(
      List<NumericsProfile> profiles,
      ModelOptions modelOptions,
      ModelFiles files,
      ImageProcessor images,
      Optional<Integer> batch,
      boolean launched)
      throws IOException {
    Map<NumericsProfile, Screening> all = new LinkedHashMap<>();
    Map<DType, List<Screening>> byType = new LinkedHashMap<>();
    for (NumericsProfile profile : profiles) {
      Screening screening = new Screening(profile, pictures.names());
      state.ifPresent(s -> s.restore(screening));
      all.put(profile, screening);
      if (!pictures.missing(screening::has).isEmpty()) {
        byType.computeIfAbsent(profile.compute(), type -> new ArrayList<>()).add(screening);
      }
    }
    try (InterruptHandler _ = InterruptHandler.listen(this::interrupt, launched)) {
      for (List<Screening> group : byType.values()) {
        if (!stopped) {
          screen(group, modelOptions, files, images, batch);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return all.values().stream().map(Screening::report).toList();
  }

  private void interrupt() {
    stopped = true;
    err.println("loupe: finishing the pictures in flight; Ctrl-C again ends immediately");
  }

  private void screen(
      List<Screening> group,
      ModelOptions modelOptions,
      ModelFiles files,
      ImageProcessor images,
      Optional<Integer> batch)
      throws IOException {
    NumericsProfile first = group.getFirst().profile();
    try (Qwen2Vl model = modelOptions.load(files, first, progress, err)) {
      int size = batch.isPresent() ? batch.get() : batch(model, images);
      for (Screening screening : group) {
        screen(model.with(screening.profile()), screening, size);
      }
    }
  }

  /** As many as fit into memory, as {@code caption} counts. */
  private int batch(Qwen2Vl model, ImageProcessor images) {
    int tokens =
        PictureEstimate.of(pictures.files(), images).map(PictureEstimate::tokens).orElse(0);
    long bytes = new ModelMemory(model.config()).answer(tokens, options);
    return ModelMemory.batch(Runtime.getRuntime().maxMemory(), bytes);
  }

  private void screen(Qwen2Vl model, Screening screening, int size) {
    List<Integer> missing = pictures.missing(screening::has);
    String name = "Screening " + screening.profile();
    try (ProgressTask task = progress.start(name, missing.size(), " pictures", 1)) {
      new ScreenRun(model, screening, listener(screening, task)).run(size, requests(missing));
    }
  }

  private Iterator<BatchRequest<Integer>> requests(List<Integer> missing) {
    Iterator<Integer> next = missing.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !stopped && next.hasNext();
      }

      @Override
      public BatchRequest<Integer> next() {
        int picture = next.next();
        return new BatchRequest<>(picture, () -> pictures.prompt(picture), options);
      }
    };
  }

  private ScreenListener listener(Screening screening, ProgressTask task) {
    return new ScreenListener() {
      @Override
      public void screened(int picture, PictureScreen screen) {
        task.step(1);
        try {
          if (state.isPresent()) {
            state.get().add(screening, screen);
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void unread(int picture, Exception reason) {
        task.step(1);
        String label = FileNames.shown(pictures.files().get(picture).path());
        String line = Unreadable.reason(label, reason);
        if (unread.put(picture, new Unread(label, line)) == null) {
          task.say("loupe: " + line);
        }
      }
    };
  }
}
