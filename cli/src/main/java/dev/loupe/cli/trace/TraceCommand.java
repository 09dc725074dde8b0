package dev.loupe.cli.trace;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.options.PictureOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trace}: every stage of one forward pass, in a file. */
@Command(
    name = "trace",
    header = "Writes every stage of one forward pass to a file.",
    description =
        "All pictures, then all clips, then the text make one prompt; without pictures --prompt "
            + "alone. The model runs over it once. The safetensors file holds input_ids, "
            + "position_ids, pixel_values, grid_thw, visual.patch_embed, visual.blocks.N, "
            + "visual.merger, inputs_embeds, layers.N, norm and logits, and with --attention eager "
            + "visual.attention.N.nonfinite and attention.N.nonfinite (head, query, key, and 0 for "
            + "NaN, 1 or -1 for infinity, of each such score). compare shows where two such files "
            + "part; --script prints a Python file that writes one from transformers. Standard "
            + "output gets a table of them. Without other options the model computes in float32 "
            + "with sdpa attention.")
public final class TraceCommand extends SubCommand {

  private static final String SCRIPT = "trace.py";

  @Mixin private PictureOptions pictures;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "The file to write, FILE.safetensors. An existing one is replaced at the end.")
  private Path out;

  @Option(
      names = "--script",
      help = true, // Nothing else is required.
      description =
          "Print a Python file and do nothing else. It records the same stages from transformers, on "
              + "any device: python3 trace.py --help.")
  private boolean script;

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    if (script) {
      return printScript();
    }
    List<PictureInput> inputs = pictures.inputsOrPrompt();
    GenerationOptions options = pictures.limit(GenerationOptions.greedy());
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    if (numerics.samplingRemedy() != SamplingRemedy.NONE) {
      throw usage(
          "--remedy %s: expected a remedy of attention, for trace draws no token"
              .formatted(numerics.samplingRemedy()));
    }
    ModelFiles files = model.files();
    pictures.requireOtherFile("--out", out, inputs);
    // Before the work, so that a file that cannot be written is refused early.
    try (SafetensorsWriter writer = SafetensorsWriter.create(out)) {
      Prompt prompt = pictures.together(inputs);
      writer.metadata("format", "pt");
      writer.metadata("model", files.name());
      writer.metadata("prompt", pictures.prompt());
      writer.metadata("dtype", profile.computeName());
      writer.metadata("attention", profile.attention().toString());
      writer.metadata("arithmetic", profile.accumulation().label());
      writer.metadata("remedy", profile.remedy().toString());
      List<String> lines = trace(files, profile, prompt, options, writer);
      writer.commit();
      lines.forEach(out()::println);
      return ExitCodes.OK;
    }
  }

  private int printScript() throws IOException {
    if (out != null) {
      throw usage("--script: expected to be the only option, found --out");
    }
    try (InputStream file = TraceCommand.class.getResourceAsStream(SCRIPT)) {
      file.transferTo(out());
    }
    return ExitCodes.OK;
  }

  /** Writes the stages to the file and returns a table of them. */
  private List<String> trace(
      ModelFiles files,
      NumericsProfile profile,
      Prompt prompt,
      GenerationOptions options,
      SafetensorsWriter writer)
      throws IOException {
    ProgressReporter progress = ProgressReporter.on(err(), model.quiet());
    try (Qwen2Vl loaded = model.load(files, profile, progress, err());
        ProgressTask task = progress.start("Tracing", stages(loaded), " stages", 1)) {
      TraceRecording recording = new TraceRecording(writer, () -> task.step(1));
      loaded.trace(prompt, options, recording);
      return recording.lines();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Layers and blocks, and their scores if eager, and nine that every model has. */
  private static int stages(Qwen2Vl model) {
    int eager = model.profile().attention() == AttentionKind.EAGER ? 2 : 1;
    int layers = model.config().text().numHiddenLayers() + model.config().vision().depth();
    return eager * layers + 9;
  }
}
