package dev.loupe.cli.options;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.MonitorFile;
import dev.loupe.io.Printable;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whether the numbers behind each token are written to a file. */
public final class MonitorOption extends OptionGroup {

  @Option(
      names = "--monitor",
      paramLabel = "FILE",
      description =
          "Add to FILE a JSON object for each token: whether its distribution is valid, entropy, "
              + "distance of the two best, and in float16 the score nearest to overflow. Warn when "
              + "that comes near. Changes no answer.")
  private Optional<Path> file = Optional.empty();

  /** The open file, or none. */
  public record Monitor(Optional<MonitorFile> file) implements AutoCloseable {

    /** What watches the answer of this name. */
    public AnswerWatch watch(String request) {
      return file.map(open -> open.watch(request)).orElse(AnswerWatch.NONE);
    }

    @Override
    public void close() throws IOException {
      if (file.isPresent()) {
        file.get().close();
      }
    }
  }

  /**
   * Opens the file, if one is asked for. Warnings go to {@code err}.
   *
   * @throws IOException if it cannot be written
   */
  public Monitor open(ModelFiles files, NumericsProfile profile, PrintStream err)
      throws IOException {
    return new Monitor(
        file.isPresent()
            ? Optional.of(
                MonitorFile.open(
                    file.get(),
                    files.name(),
                    profile,
                    text -> err.println("loupe: " + Printable.escape(text))))
            : Optional.empty());
  }
}
