package dev.loupe.cli.options;

import dev.loupe.cli.command.WholeFile;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Pictures, clips and the question about them, for every command that looks at pictures. */
public final class PictureOptions extends OptionGroup {

  private static final String OF_MODEL = "model";

  @Parameters(
      paramLabel = "PATH",
      arity = "0..*",
      description = "Picture files: JPEG, PNG, WebP, GIF, BMP or TIFF.")
  private List<Path> paths = List.of();

  @Option(
      names = "--clip",
      paramLabel = "FRAME",
      arity = "1..*",
      parameterConsumer = FrameConsumer.class,
      description =
          "A clip: all picture files up to the next option are its frames, in order of time. May be "
              + "given several times. Name single pictures before it.")
  private List<List<Path>> clips = List.of();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "What to ask; without it: \"" + Qwen2Vl.CAPTION_PROMPT + "\"")
  private Optional<String> prompt = Optional.empty();

  @Mixin private MinPixelsOption minPixels;

  @Mixin private DecodeTimeoutOption decodeTimeout;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description =
          "Shrink pictures above this area; \"model\" for the model's own limit. If absent: the "
              + "model's own limit, in caption and screen at most 802816. 784 pixels become one "
              + "token, so a smaller limit is faster and shows the model less detail.")
  private Optional<String> maxPixels = Optional.empty();

  @Mixin private DetailOption detail;

  /** Takes everything up to the next option as one clip. */
  @SuppressWarnings("JdkObsolete") // The interface asks for a Stack.
  static final class FrameConsumer implements IParameterConsumer {

    @Override
    public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
      List<Path> frames = new ArrayList<>();
      while (!arguments.isEmpty() && !arguments.peek().startsWith("-")) {
        frames.add(Path.of(arguments.pop()));
      }
      if (frames.isEmpty()) {
        throw new ParameterException(
            command.commandLine(), "--clip: expected the files of its frames, found none");
      }
      List<List<Path>> clips = new ArrayList<>(option.<List<List<Path>>>getValue());
      clips.add(frames);
      option.setValue(clips);
    }
  }

  /**
   * The pictures, then the clips.
   *
   * @throws ParameterException if there is none, or one is a folder
   */
  public List<PictureInput> inputs() {
    if (paths.isEmpty() && clips.isEmpty()) {
      throw usage("expected at least one picture, found none; name a file, or --clip with frames");
    }
    return inputsIfAny();
  }

  /**
   * The pictures, then the clips; may be empty if there is a prompt.
   *
   * @throws ParameterException if there is neither, or a picture is a folder
   */
  public List<PictureInput> inputsOrPrompt() {
    if (paths.isEmpty() && clips.isEmpty() && prompt.isEmpty()) {
      throw usage("expected a picture or --prompt, found neither; name a file, or ask something");
    }
    return inputsIfAny();
  }

  private List<PictureInput> inputsIfAny() {
    List<PictureInput> inputs = new ArrayList<>();
    paths.forEach(path -> inputs.add(PictureInput.picture(path)));
    clips.forEach(frames -> inputs.add(PictureInput.clip(frames)));
    for (PictureInput input : inputs) {
      for (Path file : input.files()) {
        if (Files.isDirectory(file)) {
          throw usage(
              "%s: expected a picture file, found a folder; name the files in it, as in %s"
                  .formatted(FileNames.shown(file), FileNames.shown(file.resolve("*.jpg"))));
        }
      }
    }
    return inputs;
  }

  /**
   * Refuses to write over a picture of the prompt.
   *
   * @param option that names the file
   * @throws ParameterException if it is a picture's file
   */
  public void requireOtherFile(String option, Path out, List<PictureInput> inputs)
      throws IOException {
    for (PictureInput input : inputs) {
      for (Path file : input.files()) {
        if (WholeFile.isSame(out, file)) {
          throw usage(option + ": expected another file than the picture " + file);
        }
      }
    }
  }

  public String prompt() {
    return prompt.orElse(Qwen2Vl.CAPTION_PROMPT);
  }

  /**
   * One prompt with all pictures, then all clips, then the question.
   *
   * @throws IOException if a file cannot be read as a picture
   */
  public Prompt together(List<PictureInput> inputs) throws IOException {
    Prompt together = Prompt.create();
    PictureReader reader = reader();
    for (PictureInput input : inputs) {
      List<RgbImage> images = input.decode(reader);
      together = input.isClip() ? together.clip(images) : together.image(images.getFirst());
    }
    return together.text(prompt());
  }

  /**
   * Options with these limits on the pictures' sizes.
   *
   * @throws ParameterException if they are out of range
   */
  public GenerationOptions limit(GenerationOptions options) {
    Optional<Integer> max = maxPixels.filter(text -> !text.equals(OF_MODEL)).map(this::number);
    Optional<Integer> min = minPixels.value();
    if (min.isPresent() && max.isPresent() && min.get() > max.get()) {
      throw usage(
          "--min-pixels: expected at most --max-pixels (%d), found %d"
              .formatted(max.get(), min.get()));
    }
    min.ifPresent(n -> requirePositive("--min-pixels", n));
    max.ifPresent(n -> requirePositive("--max-pixels", n));
    GenerationOptions limited = detail.applied(minPixels.applied(options), maxPixels.isPresent());
    return max.map(limited::maxPixels).orElse(limited);
  }

  private int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw usage("--max-pixels: expected a number, or " + OF_MODEL + ", found " + text);
    }
  }

  /** Reads pictures, each within the limit of the command line. */
  public PictureReader reader() {
    return decodeTimeout.reader();
  }

  /** Whether the command line says how large a picture may be. */
  public boolean limitsMaxPixels() {
    return maxPixels.isPresent() || detail.isPresent();
  }

  /** Files, and with {@code caption} folders and patterns. */
  public List<Path> paths() {
    return paths;
  }

  public boolean hasClips() {
    return !clips.isEmpty();
  }

  /** Whether a question is asked. */
  public boolean hasPrompt() {
    return prompt.isPresent();
  }

  /**
   * Refuses a number below 1.
   *
   * @throws ParameterException if it is
   */
  public void requirePositive(String option, int found) {
    if (found < 1) {
      throw usage(option + ": expected at least 1, found " + found);
    }
  }
}
