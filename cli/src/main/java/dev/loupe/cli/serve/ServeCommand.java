package dev.loupe.cli.serve;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.ShutdownCleanup;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.options.MaxPixelsOption;
import dev.loupe.cli.options.MinPixelsOption;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.MonitorOption;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.server.LoupeServer;
import dev.loupe.server.ServerOptions;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: answers over HTTP until a signal ends it. */
@Command(
    name = "serve",
    header = "Serves the model over HTTP, with a page for people.",
    description = {
      "Prints its address and answers OpenAI's POST /v1/chat/completions, GET /v1/models and GET "
          + "/health, and Ollama's POST /api/chat, GET /api/tags and GET /api/version, until Ctrl-C "
          + "or SIGTERM. At / is a page for people.",
      "Pictures come in the request, as data URIs or base64; nothing is downloaded. A request "
          + "without temperature, other rules or seed gets the most likely answer, always the same.",
      "Without a key, only this machine and only the server's own page may use it. Pages of other "
          + "sites need --allow-origin, also with a key."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "1:the model cannot be loaded, or the port cannot be used",
      "2:the command line makes no sense",
      "130:ended by Ctrl-C",
      "143:ended by SIGTERM"
    },
    footerHeading = "%nEnvironment:%n",
    footer = "  LOUPE_API_KEY   the key, if other users can read your command line")
public final class ServeCommand extends SubCommand {

  /** How long closing may take before the process ends without it. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(8);

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port to listen on; ${DEFAULT-VALUE} if absent, 0 for any free port.")
  private int port = ServerOptions.DEFAULT_PORT;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Which address to listen on; ${DEFAULT-VALUE} if absent. An address that other "
              + "machines can reach, such as 0.0.0.0, needs a key.")
  private String host = "127.0.0.1";

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "What clients must send as Authorization: Bearer KEY.")
  private Optional<String> apiKey = Optional.empty();

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      description =
          "Let the pages of another site use the server from a browser: its scheme, host and port, "
              + "such as https://photos.example. May be repeated.")
  private Set<String> allowedOrigins = Set.of();

  @Mixin private MinPixelsOption minPixels;

  @Mixin private MaxPixelsOption maxPixels;

  @Mixin private LimitOptions limits;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "How many requests are computed side by side; if absent as many as fit into memory, up to "
              + "8. With 1 each waits for the one before it. Changes no answer.")
  private Optional<Integer> batch = Optional.empty();

  @Option(
      names = "--no-warm-up",
      description =
          "Serve some seconds sooner. Without it the model first answers nobody, so that the first "
              + "answers come nearly as fast as all later ones.")
  private boolean cold;

  @Option(
      names = {"-v", "--verbose"},
      description = "Write a line for each request to standard error, without its content.")
  private boolean verbose;

  @Mixin private MonitorOption monitor;

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerOptions options = options();
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    ModelFiles files = model.files();
    LimitOptions.setServerProperties(options.limits());
    LoupeServer.requireFree(options);
    ProgressReporter progress = ProgressReporter.on(err(), model.quiet());
    try (MonitorOption.Monitor watching = monitor.open(files, profile, err());
        Qwen2Vl loaded = warm(model.load(files, profile, progress, err()), options);
        LoupeServer server = LoupeServer.start(loaded, options.watches(watching::watch));
        var _ = ShutdownCleanup.of(() -> close(server))) {
      out().println("Serving %s on %s".formatted(loaded.name(), server.uri()));
      new CountDownLatch(1).await();
    }
    return ExitCodes.OK;
  }

  private Qwen2Vl warm(Qwen2Vl loaded, ServerOptions options) {
    if (!cold) {
      LoupeServer.warmUp(loaded, options);
    }
    return loaded;
  }

  private ServerOptions options() {
    try {
      SamplingRemedy remedy = numerics.samplingRemedy();
      GenerationOptions answering =
          GenerationOptions.greedy().remedy(remedy).check(remedy == SamplingRemedy.NONE);
      answering = maxPixels.applied(minPixels.applied(answering));
      ServerOptions local = ServerOptions.defaults().port(port);
      Optional<String> key = apiKey.or(() -> Optional.ofNullable(System.getenv("LOUPE_API_KEY")));
      local = batch.map(local::batch).orElse(local);
      return key.map(local::apiKey)
          .orElse(local)
          .address(new InetSocketAddress(host, port))
          .allowedOrigins(allowedOrigins)
          .limits(limits.limits())
          .answering(answering)
          .accessLog(verbose ? err()::println : line -> {});
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /**
   * A signal ends the process in any case, so this does not wait long for a model that computes a
   * long prompt: the model only holds memory.
   */
  private static void close(LoupeServer server) {
    Thread closing = Thread.ofPlatform().daemon().name("loupe-close").start(server::close);
    try {
      closing.join(CLOSE_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
