package dev.loupe.cli.caption;

import dev.loupe.cli.command.LauncherWatch;
import dev.loupe.cli.command.RootCommand;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.options.ModelOptions;
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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code caption}: one answer for each picture. */
@Command(
    name = "caption",
    header = "Says what is in pictures, or in folders full of them.",
    sortOptions = false,
    usageHelpWidth = 100,
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description =
        "Each picture and each clip is asked about by itself. The answer is always the same: the "
            + "most likely one, or with --sample the one that the seed draws. Without --dtype and "
            + "--attention the model computes in float32 with sdpa attention. For one picture the "
            + "output is the caption; for several, each line is the path, a tab and the caption, "
            + "whose line breaks become spaces. With --format jsonl each line is a JSON object, for "
            + "pictures that failed too.%n%n"
            + "A folder, a quoted pattern such as 'photos/**/*.jpg', or a list (--from) is captioned "
            + "in batches, each caption into a text file beside its picture. Pictures that have one "
            + "are passed over, so the same command goes on where it was interrupted or killed, and "
            + "tries again what failed. --prompt, --prefix and --suffix may have {name}, {folder} and "
            + "{existing} in them: file name, folder name, and the caption that is there already; "
            + "{{name}} means the braces.",
    parameterListHeading = "%nPictures:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:the command failed, or every picture did",
      "2:the command line makes no sense",
      "3:some pictures failed; they are listed, and the others are done",
      "130:interrupted; the same command goes on from there"
    })
public final class CaptionCommand implements Callable<Integer> {

  @ParentCommand private RootCommand loupe;

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
          "text: lines on standard output, if only files are given; txt: a file for each picture, if "
              + "folders are; jsonl: a JSON object a line, of files on standard output, of folders in "
              + "a file.")
  private Optional<CaptionFormat> format = Optional.empty();

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
            numerics.samplingRemedy(),
            files);
    CaptionSettings settings =
        CaptionSettings.of(files, profile, options, prompt, pictures.limitsMaxPixels());
    return many ? folder(settings) : files(inputs, settings);
  }

  private boolean isMany() {
    return folders.given()
        || format.equals(Optional.of(CaptionFormat.TXT))
        || pictures.paths().stream().anyMatch(path -> PictureFinder.isMany(path.toString()));
  }

  private CaptionTemplate prompt(boolean many) throws IOException {
    if (promptFile.isPresent() && pictures.hasPrompt()) {
      throw pictures.usage("--prompt-file: expected no --prompt with it, found both");
    }
    CaptionTemplate prompt =
        promptFile.isPresent()
            ? folders.template("--prompt-file", Files.readString(promptFile.get()).strip())
            : folders.template("--prompt", pictures.prompt());
    if (!many && prompt.usesExisting()) {
      throw pictures.usage(
          "{existing}: expected --format txt, or jsonl with --output, found captions on standard "
              + "output");
    }
    return prompt;
  }

  private int files(List<PictureInput> inputs, CaptionSettings settings) throws IOException {
    CaptionPrinter printer =
        format.equals(Optional.of(CaptionFormat.JSONL))
            ? new CaptionJsonl(loupe.streams().out(), settings.rows())
            : new CaptionText(loupe.streams(), inputs.size() > 1, model.quiet());
    try (CaptionRun run = new CaptionRun(model, settings, printer, loupe.streams().err())) {
      return run.caption(inputs);
    }
  }

  private int folder(CaptionSettings settings) throws IOException {
    if (pictures.hasClips()) {
      throw pictures.usage("--clip: expected no folders, patterns or lists with it");
    }
    if (pictures.paths().isEmpty() && !folders.listed()) {
      throw pictures.usage("expected at least one picture or folder, found none");
    }
    folders.batch();
    CaptionStores stores =
        new CaptionStores(
            format.orElse(folders.toStandardOutput() ? CaptionFormat.TEXT : CaptionFormat.TXT),
            settings,
            folders,
            pictures.paths(),
            loupe.streams(),
            model.quiet());
    return new CaptionFolder(
            settings, folders, model, loupe.streams(), stores, LauncherWatch.launched())
        .caption(folders.find(pictures.paths(), loupe.streams().in()));
  }
}
