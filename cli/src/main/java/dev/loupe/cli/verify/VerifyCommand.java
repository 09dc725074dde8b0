package dev.loupe.cli.verify;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.folder.CaptionRows;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.options.DecodeTimeoutOption;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.io.JsonObject;
import dev.loupe.io.Printable;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code verify}: which receipts of captions hold. */
@Command(
    name = "verify",
    header = "Computes captions with receipts again, and says which do not hold.",
    description = {
      "FILE is what caption --receipt --format jsonl wrote, on any machine. It needs the same model, "
          + "--weights and --tokenizer, and the pictures, under their names beside FILE or in this "
          + "folder. Threads, vectors and batches of either machine change no receipt.",
      "A row that does not hold is listed with the parts that differ: settings, model, picture, "
          + "prompt, tokens, logits, hash, or a field of the row. Where one of the first four "
          + "differs, nothing is computed."
    },
    parameterListHeading = "%nRows:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all receipts hold",
      "1:the file has no receipts, or the model cannot be loaded",
      "2:the command line makes no sense",
      "4:some receipts do not hold; they are listed"
    })
public final class VerifyCommand extends SubCommand {

  private static final String MARK = "\ufeff";

  @Parameters(index = "0", paramLabel = "FILE", description = "JSON lines with receipts.")
  private Path file;

  @Option(names = "--json", description = "Write one JSON object in one line instead of text.")
  private boolean json;

  @Mixin private DecodeTimeoutOption decodeTimeout;

  @Mixin private ModelOptions model;

  private int rows;
  private int failed;
  private int receipts;
  private final List<RowVerdict> wrong = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    String name = FileNames.shown(file);
    if (Files.isDirectory(file)) {
      throw usage(name + ": expected a file with rows, found a folder");
    }
    Path folder = file.toAbsolutePath().getParent();
    try (RowLines lines = new RowLines(file, name);
        RowVerifier verifier = new RowVerifier(model, decodeTimeout.reader(), folder, err())) {
      for (var line = lines.next(); line.isPresent(); line = lines.next()) {
        String text = line.get();
        verify(lines.number(), text.startsWith(MARK) ? text.substring(1) : text, verifier);
      }
    } catch (CharacterCodingException e) {
      throw new IOException(name + ": expected JSON lines in UTF-8, found other bytes", e);
    }
    if (receipts == 0) {
      throw new IOException(
          name + ": expected rows that caption --receipt wrote, found none with a receipt");
    }
    report();
    return wrong.isEmpty() ? ExitCodes.OK : ExitCodes.DIFFERENT;
  }

  private void verify(int number, String line, RowVerifier verifier) throws IOException {
    if (line.isBlank()) {
      return;
    }
    try {
      JsonObject row = Json.readLine(line);
      rows++;
      if (row.has("error")) {
        failed++; // A picture without a caption.
        return;
      }
      receipts += row.has(CaptionRows.RECEIPT) ? 1 : 0;
      RowVerdict verdict = verifier.verify(number, row);
      if (!verdict.holds()) {
        wrong.add(verdict);
        if (!json) {
          out().println(Printable.escape(verdict.toString()));
        }
      }
    } catch (JsonException e) {
      throw new IOException(
          "%s, line %d: %s".formatted(FileNames.shown(file), number, e.getMessage()), e);
    }
  }

  private void report() {
    int captions = rows - failed;
    int hold = captions - wrong.size();
    if (json) {
      List<Map<String, Object>> differences = wrong.stream().map(RowVerdict::fields).toList();
      out()
          .println(
              Json.write(
                  Json.object(
                      "captions",
                      captions,
                      "hold",
                      hold,
                      "failed_pictures",
                      failed,
                      "differ",
                      differences)));
    } else {
      out().println("%d of %d receipts hold".formatted(hold, captions));
    }
  }
}
