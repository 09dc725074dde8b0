package dev.loupe.cli.caption;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.InterruptHandler;
import dev.loupe.cli.folder.CaptionStore;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.FolderRun;
import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.folder.Plan;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.ExpectedTime;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.StandardStreams;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** {@code caption} for folders: finds pictures, plans, loads the model, runs, prints a summary. */
final class CaptionFolder {

  private static final Duration LINE_INTERVAL = Duration.ofMinutes(1);
  private static final int MANY_TOKENS = 512;

  private final RunConfig config;
  private final FolderOptions folders;
  private final ModelOptions modelOptions;
  private final PictureReader reader;
  private final StandardStreams streams;
  private final CaptionStoreFactory stores;
  private final ProgressReporter reporter;
  private final boolean launched;
  private volatile boolean interrupted;

  CaptionFolder(
      RunConfig config,
      FolderOptions folders,
      ModelOptions modelOptions,
      PictureReader reader,
      StandardStreams streams,
      CaptionStoreFactory stores,
      boolean launched) {
    this.config = config;
    this.folders = folders;
    this.modelOptions = modelOptions;
    this.reader = reader;
    this.streams = streams;
    this.stores = stores;
    this.reporter = ProgressReporter.on(streams.err(), modelOptions.quiet());
    this.launched = launched;
  }

  /**
   * Captions the pictures that were found, and returns the exit code.
   *
   * @throws IOException if the output cannot be written, another run uses it, or the model cannot
   *     be loaded
   */
  int caption(PictureFinder found) throws IOException {
    try (CaptionStore store = stores.create(found)) {
      if (folders.dryRun()) {
        store.openReadOnly();
        return list(found, store);
      }
      store.open().forEach(repaired -> note(repaired));
      Plan plan = Plan.of(found, store, folders.existing(), (action, picture, target) -> {});
      report(plan, found);
      return plan.todo().isEmpty() ? nothingToDo(plan, store) : run(plan, store);
    }
  }

  private int list(PictureFinder found, CaptionStore store) throws IOException {
    PrintStream out = streams.out();
    Plan plan =
        Plan.of(
            found,
            store,
            folders.existing(),
            (action, picture, target) ->
                out.println(
                    action.name().toLowerCase(Locale.ROOT)
                        + "\t"
                        + FileNames.shown(picture.path())
                        + "\t"
                        + FileNames.shown(target)));
    report(plan, found);
    note(
        "%d to caption, %d skipped; nothing was done"
            .formatted(plan.todo().size(), plan.skipped() + plan.done()));
    try (RunProgress progress =
        new RunProgress(streams.err(), reporter, true, plan, LINE_INTERVAL)) {
      progress.summary();
      return progress.exitCode(plan.todo().size());
    }
  }

  /** Prints what the plan leaves out, before the model is loaded. */
  private void report(Plan plan, PictureFinder found) {
    plan.failures()
        .forEach(failure -> streams.err().println("loupe: " + RunProgress.reason(failure)));
    if (plan.duplicates() > 0) {
      note("%d pictures were named twice and are captioned once".formatted(plan.duplicates()));
    }
    if (found.pictures().isEmpty() && found.failures().isEmpty()) {
      note(
          found.skippedFolders() > 0
              ? "no pictures found; --recursive looks into the %d folders inside"
                  .formatted(found.skippedFolders())
              : "no pictures found");
    }
  }

  private int nothingToDo(Plan plan, CaptionStore store) throws IOException {
    store.finish();
    try (RunProgress progress =
        new RunProgress(streams.err(), reporter, modelOptions.quiet(), plan, LINE_INTERVAL)) {
      progress.summary();
      return progress.exitCode();
    }
  }

  private int run(Plan plan, CaptionStore store) throws IOException {
    Optional<PictureEstimate> estimate = PictureEstimate.of(plan.todo(), config.images());
    try (Qwen2Vl model =
        modelOptions.load(config.files(), config.profile(), reporter, streams.err())) {
      stores.loaded(model.loadTime());
      BatchSize size = BatchSize.of(model, config.options(), estimate, folders.batch());
      estimate
          .filter(each -> each.tokens() > MANY_TOKENS)
          .ifPresent(each -> note(size.explain(each, plan)));
      estimate.ifPresent(each -> sayTime(model, each, plan.todo().size(), size.batch()));
      RunProgress progress =
          new RunProgress(streams.err(), reporter, modelOptions.quiet(), plan, LINE_INTERVAL);
      ShrinkNote shrunk = new ShrinkNote(config, modelOptions.quiet(), progress::say);
      FolderRun run =
          new FolderRun(
              plan.todo(),
              store,
              reader,
              config.prompt(),
              folders.composer(),
              config.watching(modelOptions),
              folders.failFast(),
              new CaptionChecks(progress, shrunk));
      try (progress;
          InterruptHandler _ = InterruptHandler.listen(() -> interrupt(run, progress), launched)) {
        run.run(model, config.options(), config.images(), size.batch());
      } catch (IOException | Error e) {
        progress.summary();
        throw new IOException(
            "%s; the captions written before are whole, and the same command continues from there"
                .formatted(ErrorReporter.text(e)),
            e);
      }
      return end(run, progress, store, plan);
    }
  }

  /** Not in a GPU's arithmetic, in which a trial alone takes minutes. */
  private void sayTime(Qwen2Vl model, PictureEstimate estimate, int pictures, int batch) {
    if (modelOptions.quiet() || config.profile().accumulation().core().isPresent()) {
      return;
    }
    int tokens = config.options().maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
    FolderTrial.measure(model, config, estimate, pictures, Math.min(batch, pictures))
        .flatMap(time -> ExpectedTime.of(time.of(estimate, pictures, tokens)))
        .ifPresent(words ->
            note(
                "%d pictures take about %s, if each caption has %d tokens"
                    .formatted(pictures, words, tokens)));
  }

  private void interrupt(FolderRun run, RunProgress progress) {
    run.stop();
    interrupted = true;
    progress.say("loupe: finishing the pictures in flight; Ctrl-C again ends immediately");
  }

  private int end(FolderRun run, RunProgress progress, CaptionStore store, Plan plan)
      throws IOException {
    if (!run.stopped()) {
      store.finish();
    }
    progress.summary();
    if (interrupted || Thread.currentThread().isInterrupted()) {
      streams
          .err()
          .println(
              "loupe: interrupted with %d of %d pictures done; the same command continues from there"
                  .formatted(progress.captioned(), plan.todo().size()));
      return ExitCodes.INTERRUPTED;
    }
    return run.stopped() ? ExitCodes.FAILED : progress.exitCode();
  }

  private void note(String text) {
    if (!modelOptions.quiet()) {
      streams.err().println("loupe: " + text);
    }
  }
}
