package dev.loupe.cli.caption;

import dev.loupe.cli.command.LauncherWatch;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.folder.Utf8Text;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.MonitorOption;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.options.PictureOptions;
import dev.loupe.cli.options.SamplingOptions;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code caption}: one answer for each picture. */
@Command(
    name = "caption",
    header = "Captions pictures, or folders of pictures.",
    description =
        "Each picture and each clip gets its own answer. The answer is always the same: the most "
            + "likely one, or with --sample the one drawn from the seed. Without --dtype and "
            + "--attention the model computes in float32 with sdpa attention. For one picture the "
            + "output is the caption; for several, each line is the path, a tab and the caption, "
            + "with spaces for line breaks. With --format jsonl each line is a JSON object, also for "
            + "pictures that failed.%n%n"
            + "A folder, a quoted pattern such as 'photos/**/*.jpg', or a list (--from) is captioned "
            + "in batches, each caption into a text file beside its picture. Pictures that have a "
            + "caption are skipped. So after an interruption or a kill the same command continues, and "
            + "tries failed pictures again. --prompt, --prefix and --suffix may contain {name}, "
            + "{folder} and {existing}: file name, folder name and the existing caption. {{name}} "
            + "stands for the text {name}.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:the command failed, or every picture did",
      "2:the command line makes no sense",
      "3:some pictures failed; they are listed, and the others are done",
      "130:interrupted; the same command continues from there"
    })
public final class CaptionCommand extends SubCommand {

  @Mixin private PictureOptions pictures;

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      description = "Take the question from this file.")
  private Optional<Path> promptFile = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "text: lines on standard output, the default for files; txt: a text file for each "
              + "picture, the default for folders; jsonl: a JSON object a line, for files on standard "
              + "output, for folders in a file.")
  private Optional<CaptionFormat> format = Optional.empty();

  @Mixin private WatchOptions watch;

  @Mixin private FolderOptions folders;

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
    boolean many = isMany();
    CaptionTemplate prompt = prompt(many);
    List<PictureInput> inputs = many ? List.of() : pictures.inputs();
    pictures.requirePositive("--max-new-tokens", maxNewTokens);
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    ModelFiles files = model.files();
    GenerationOptions options =
        sampling.applied(
            pictures.limit(GenerationOptions.greedy().maxNewTokens(maxNewTokens)),
            numerics.samplingRemedy());
    watch.requireFit(format, folders);
    try (MonitorOption.Monitor monitor = watch.open(files, profile, err())) {
      RunConfig config =
          RunConfig.of(
              files,
              model.weightTypes(),
              profile,
              options,
              prompt,
              watch.with(monitor),
              pictures.limitsMaxPixels());
      return many ? folder(config) : files(inputs, config);
    }
  }

  private boolean isMany() {
    return folders.given()
        || format.equals(Optional.of(CaptionFormat.TXT))
        || pictures.paths().stream().anyMatch(path -> PictureFinder.isMany(path.toString()));
  }

  private CaptionTemplate prompt(boolean many) throws IOException {
    if (promptFile.isPresent() && pictures.hasPrompt()) {
      throw usage("--prompt-file: expected no --prompt with it, found both");
    }
    CaptionTemplate prompt =
        promptFile.isPresent()
            ? folders.template("--prompt-file", textOf(promptFile.get()))
            : folders.template("--prompt", pictures.prompt());
    if (!many && (prompt.usesExisting() || folders.composer().usesExisting())) {
      throw usage(
          "{existing}, --existing append or prepend: expected --format txt, or jsonl with --output, "
              + "found captions on standard output");
    }
    return prompt;
  }

  private static String textOf(Path file) throws IOException {
    return Utf8Text.decode(Files.readAllBytes(file), FileNames.shown(file)).strip();
  }

  private int files(List<PictureInput> inputs, RunConfig config) throws IOException {
    CaptionPrinter printer =
        format.equals(Optional.of(CaptionFormat.JSONL))
            ? new CaptionJsonl(out(), config.rows())
            : new CaptionText(streams(), inputs.size() > 1, model.quiet());
    try (CaptionFiles run =
        new CaptionFiles(model, config, folders.composer(), pictures.reader(), printer, err())) {
      return run.caption(inputs);
    }
  }

  private int folder(RunConfig config) throws IOException {
    if (pictures.hasClips()) {
      throw usage("--clip: expected no folders, patterns or lists with it");
    }
    if (pictures.paths().isEmpty() && !folders.listed()) {
      throw usage("expected at least one picture or folder, found none");
    }
    folders.batch();
    CaptionStoreFactory stores =
        new CaptionStoreFactory(
            format.orElse(folders.toStandardOutput() ? CaptionFormat.TEXT : CaptionFormat.TXT),
            config,
            folders,
            pictures.paths(),
            streams(),
            model.quiet());
    return new CaptionFolder(
            config, folders, model, pictures.reader(), streams(), stores, LauncherWatch.launched())
        .caption(folders.find(pictures.paths(), streams().in()));
  }
}
