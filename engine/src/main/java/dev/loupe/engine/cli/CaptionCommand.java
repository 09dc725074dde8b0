package dev.loupe.engine.cli;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code caption}: one answer for each picture. */
@Command(
    name = "caption",
    header = "Says what is in pictures, one line each.",
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
            + "pictures that failed too.",
    parameterListHeading = "%nPictures:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:the command failed, or every picture did",
      "2:the command line makes no sense",
      "3:some pictures failed; they are listed, and the others are done"
    })
final class CaptionCommand implements Callable<Integer> {

  /** How results are written. */
  enum Format {
    TEXT,
    JSONL
  }

  @ParentCommand private LoupeCommand loupe;

  @Mixin private PictureOptions pictures;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "How results are written: text (if absent) or jsonl.")
  private Format format = Format.TEXT;

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
    List<PictureInput> inputs = pictures.inputs();
    pictures.requirePositive("--max-new-tokens", maxNewTokens);
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    ModelFiles files = model.files();
    GenerationOptions options =
        sampling.applied(
            pictures.limit(GenerationOptions.greedy().maxNewTokens(maxNewTokens)),
            numerics.samplingRemedy(),
            files);
    CaptionPrinter printer =
        switch (format) {
          case TEXT -> new CaptionText(loupe.streams(), inputs.size() > 1, model.quiet());
          case JSONL ->
              new CaptionJsonl(
                  loupe.streams().out(), files.name(), pictures.prompt(), profile, options.seed());
        };
    try (CaptionRun run =
        new CaptionRun(
            model, files, profile, pictures.prompt(), options, printer, loupe.streams().err())) {
      return run.caption(inputs);
    }
  }
}
