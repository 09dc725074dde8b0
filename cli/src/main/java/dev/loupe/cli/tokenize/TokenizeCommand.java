package dev.loupe.cli.tokenize;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tokenize}: text to token ids and back, without the weights. */
@Command(
    name = "tokenize",
    header = "Turns text into token ids, and back.",
    description =
        "Reads the texts of the command line, or else the lines of standard input, and prints a "
            + "line of ids for each. With --decode a line of ids, separated by spaces or commas, "
            + "becomes a text with its control tokens; all ids of the command line are one text. With "
            + "--json every line of input and output is an object with the keys text, ids and tokens. "
            + "The input needs text, or ids to decode.",
    parameterListHeading = "%nText:%n")
public final class TokenizeCommand extends SubCommand {

  @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Texts, or ids with --decode.")
  private List<String> arguments = List.of();

  @Option(
      names = {"-d", "--decode"},
      description = "Turn ids into text.")
  private boolean decode;

  @Option(names = "--json", description = "Read and write JSON lines.")
  private boolean json;

  @Option(
      names = "--control-tokens",
      description =
          "Read <|im_end|> and the like in a text as control tokens. If absent they are plain text, "
              + "as in all text of a user.")
  private boolean controlTokens;

  @Mixin private ModelOptions model;

  /** Turns one line of input into one line of output. */
  @FunctionalInterface
  private interface LineWork {
    String apply(String line, String subject);
  }

  @Override
  public Integer call() throws IOException {
    Tokenizer tokenizer = model.tokenizer(model.files());
    LineWork work =
        json
            ? new TokenizeJson(tokenizer, decode, controlTokens)::line
            : new TokenizeText(tokenizer, decode, controlTokens)::line;
    PrintStream out = out();
    if (arguments.isEmpty()) {
      eachLine(work, out);
    } else if (decode && !json) {
      out.println(work.apply(String.join(" ", arguments), "command line"));
    } else {
      for (int i = 0; i < arguments.size(); i++) {
        out.println(work.apply(arguments.get(i), "text " + (i + 1)));
      }
    }
    return ExitCodes.OK;
  }

  private void eachLine(LineWork work, PrintStream out) throws IOException {
    var decoder = StandardCharsets.UTF_8.newDecoder(); // Refuses what is not UTF-8.
    var in = new BufferedReader(new InputStreamReader(streams().in(), decoder));
    int number = 1;
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(work.apply(line, "line " + number));
        number++;
      }
    } catch (CharacterCodingException e) {
      throw new IOException(
          "standard input: expected UTF-8, found other bytes in or after line " + number, e);
    }
  }
}
