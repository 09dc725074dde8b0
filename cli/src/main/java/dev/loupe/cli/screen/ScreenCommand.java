package dev.loupe.cli.screen;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.LauncherWatch;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.command.WholeFile;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.FailedPicture;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.options.FolderInput;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.options.PictureOptions;
import dev.loupe.cli.options.SamplingOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelHash;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.engine.screen.ScreenJson;
import dev.loupe.engine.screen.ScreenReport;
import dev.loupe.engine.screen.ScreenReport.Unread;
import dev.loupe.engine.screen.ScreenText;
import dev.loupe.engine.screen.html.ScreenPage;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code screen}: whether a model can run in an arithmetic. */
@Command(
    name = "screen",
    header = "Runs many pictures and says whether the model can run in float16.",
    description = {
      "Each picture is captioned in the normal way, with the same answer, in float16 with eager "
          + "attention, or as --dtype, --attention and --remedy say, or in each arithmetic of "
          + "--profiles. Meanwhile the largest number of every operation, and of scores of every "
          + "head, is kept.",
      "The verdict is SAFE if every number may double, NARROW if one may not, and FAILS if one left "
          + "the range or a picture got no answer. Then come the ten narrowest places, with the "
          + "picture and the token or patch that came so near, and the margin after 1, 2, 4 and more "
          + "pictures. A verdict holds for these pictures and this prompt.",
      "With --state, --json or --html the same command goes on after an interruption or a kill. The "
          + "exit code says whether the screen was made, not what it found."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the screen was made",
      "1:it could not be made, or no picture could be run",
      "2:the command line makes no sense",
      "3:some pictures could not be run; they are listed, and the others are screened",
      "130:interrupted; the same command continues from there if there is a state"
    })
public final class ScreenCommand extends SubCommand {

  @Mixin private PictureOptions pictures;

  @Mixin private FolderInput folders;

  @Option(
      names = "--profiles",
      paramLabel = "NAME,...",
      hideParamSyntax = true,
      split = ",",
      description =
          "Screen in several arithmetics, in place of --dtype and --attention: all, which is "
              + "float16.eager, float16.sdpa, bfloat16.eager and bfloat16.sdpa, or some of them; also "
              + "float32.eager and float32.sdpa. Each takes as long as captions in it.")
  private List<String> profiles = List.of();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON object with every place to this file as well.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Write the screen with its plots to this file as well, as one page without script that "
              + "loads nothing. It shows no picture.")
  private Optional<Path> html = Optional.empty();

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "Keep what is screened in this file, from which the same command goes on, also with more "
              + "pictures or profiles. If absent: beside the file of --json or --html, with .state "
              + "after its name, until the screen is complete.")
  private Optional<Path> state = Optional.empty();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "How many pictures go through the model in one batch; if absent as many as fit into "
              + "memory, up to 8. Changes nothing of what is found.")
  private Optional<Integer> batch = Optional.empty();

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "The longest answer in tokens; ${DEFAULT-VALUE} if absent.")
  private int maxNewTokens = GenerationOptions.DEFAULT_MAX_NEW_TOKENS;

  @Mixin private SamplingOptions sampling;

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    List<NumericsProfile> asked =
        profiles.isEmpty()
            ? List.of(numerics.profile(NumericsProfile.FLOAT16_EAGER))
            : numerics.profiles("--profiles", profiles);
    pictures.requirePositive("--max-new-tokens", maxNewTokens);
    batch.ifPresent(n -> pictures.requirePositive("--batch", n));
    CaptionTemplate prompt = prompt();
    ModelFiles files = model.files();
    ImageProcessorConfig defaults = ModelParts.images(files, ModelParts.config(files));
    GenerationOptions options = options(defaults);
    PictureFinder found = found();
    ScreenPictures all = ScreenPictures.of(found.pictures(), pictures.reader(), prompt);
    requireOtherFiles(all);
    // Before the work, so that a file that cannot be written is refused early.
    try (WholeFile out = WholeFile.of(json);
        WholeFile page = WholeFile.of(html)) {
      Optional<ScreenState> kept = state(all, files, asked.getFirst(), options);
      try {
        ScreenProfiles run =
            new ScreenProfiles(
                all, options, kept, err(), ProgressReporter.on(err(), model.quiet()));
        List<ProfileReport> reports =
            run.run(
                asked,
                model,
                files,
                new ImageProcessor(options.pictures(defaults)),
                batch,
                LauncherWatch.launched());
        List<Unread> unread = new ArrayList<>(failures(found));
        unread.addAll(run.unread());
        if (run.stopped()) {
          return interrupted(kept.isPresent());
        }
        ScreenReport report = new ScreenReport(files.name(), prompt.toString(), reports, unread);
        out.write(() -> ScreenJson.of(report) + "\n");
        page.write(() -> ScreenPage.of(report, typed(), versions()));
        out().print(ScreenText.of(report));
        if (kept.isPresent()) {
          kept.get().finish();
        }
        return exitCode(report);
      } finally {
        if (kept.isPresent()) {
          kept.get().close();
        }
      }
    }
  }

  /** A pattern such as {@code --json photos/*.png} would name a picture as the file to write. */
  private void requireOtherFiles(ScreenPictures all) throws IOException {
    Map<Path, String> taken = new HashMap<>();
    for (PictureFile file : all.files()) {
      taken.put(place(file.path()), "the picture " + file.path());
    }
    Map<String, Optional<Path>> written = new LinkedHashMap<>();
    written.put("--json", json);
    written.put("--html", html);
    written.put("--state", state);
    for (Map.Entry<String, Optional<Path>> option : written.entrySet()) {
      if (option.getValue().isPresent()) {
        String other = taken.put(place(option.getValue().get()), "that of " + option.getKey());
        if (other != null) {
          throw usage(option.getKey() + ": expected another file than " + other);
        }
      }
    }
  }

  private static Path place(Path file) throws IOException {
    return Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
  }

  private CaptionTemplate prompt() {
    CaptionTemplate prompt;
    try {
      prompt = new CaptionTemplate(pictures.prompt());
    } catch (IllegalArgumentException e) {
      throw usage("--prompt: " + e.getMessage());
    }
    if (prompt.usesExisting()) {
      throw usage("--prompt: expected no {existing}, for a screen writes no captions");
    }
    return prompt;
  }

  /** As {@code caption} has them. */
  private GenerationOptions options(ImageProcessorConfig defaults) {
    GenerationOptions options =
        sampling.applied(
            pictures.limit(GenerationOptions.greedy().maxNewTokens(maxNewTokens)),
            numerics.samplingRemedy());
    boolean limited = pictures.limitsMaxPixels() || !PictureLimit.isNeeded(options, defaults);
    return limited ? options : options.maxPixels(PictureLimit.SAFE_MAX_PIXELS);
  }

  private PictureFinder found() throws IOException {
    if (pictures.hasClips()) {
      throw usage("--clip: expected pictures alone, found a clip");
    }
    if (pictures.paths().isEmpty() && !folders.listed()) {
      throw usage("expected at least one picture or folder, found none");
    }
    PictureFinder found = folders.find(pictures.paths(), streams().in());
    found.failures().forEach(f -> err().println("loupe: " + reason(f)));
    return found;
  }

  private static String reason(FailedPicture failed) {
    return Unreadable.reason(failed.label(), failed.reason());
  }

  private static List<Unread> failures(PictureFinder found) {
    return found.failures().stream().map(f -> new Unread(f.label(), reason(f))).toList();
  }

  private Optional<ScreenState> state(
      ScreenPictures all, ModelFiles files, NumericsProfile profile, GenerationOptions options)
      throws IOException {
    Optional<Path> beside =
        json.or(() -> html).map(file -> file.resolveSibling(file.getFileName() + ".state"));
    Optional<Path> path = state.or(() -> beside);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> of = new LinkedHashMap<>();
    of.put("model", ModelHash.of(files, model.loadOptions(files, profile)));
    of.put("options", options.toString());
    of.put("prompt", all.prompt().toString());
    return Optional.of(
        ScreenState.open(
            path.get(),
            state.isPresent(),
            of,
            all.stamps(),
            note -> err().println("loupe: " + note)));
  }

  private int interrupted(boolean kept) {
    err()
        .println(
            kept
                ? "loupe: interrupted; the same command continues from there"
                : "loupe: interrupted; with --state FILE the same command would continue from there");
    return ExitCodes.INTERRUPTED;
  }

  private static int exitCode(ScreenReport report) {
    if (report.profiles().stream().allMatch(p -> p.screened() == 0)) {
      return ExitCodes.FAILED;
    }
    return report.unread().isEmpty() ? ExitCodes.OK : ExitCodes.SOME_FAILED;
  }
}
