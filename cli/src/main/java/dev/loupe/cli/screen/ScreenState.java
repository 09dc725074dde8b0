package dev.loupe.cli.screen;

import dev.loupe.cli.folder.RunFile;
import dev.loupe.engine.screen.PictureScreen;
import dev.loupe.engine.screen.ScreenLine;
import dev.loupe.engine.screen.Screening;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The pictures that are screened already, in a file: a line for what the screen is of, then one for
 * each picture and arithmetic. A killed run loses only the pictures in flight.
 */
final class ScreenState implements AutoCloseable {

  /** Of what the screen is of: the hash of the model. */
  static final String MODEL = "model";

  private final RunFile file;
  private final boolean kept;
  private final Map<String, String> stamps;
  private final Map<String, List<PictureScreen>> known = new LinkedHashMap<>();

  private ScreenState(RunFile file, boolean kept, Map<String, String> stamps) {
    this.file = file;
    this.kept = kept;
    this.stamps = stamps;
  }

  /**
   * Opens the state of a screen, or begins a new one.
   *
   * @param kept whether the file stays when the screen is complete
   * @param of what the numbers depend on beside picture and arithmetic, by name
   * @param stamps of all pictures
   * @param note is told that a state does not fit the pictures and the screen begins anew
   * @throws IOException if it is of another screen, or another run uses it
   */
  static ScreenState open(
      Path path,
      boolean kept,
      Map<String, String> of,
      Map<String, String> stamps,
      Consumer<String> note)
      throws IOException {
    RunFile file = RunFile.open(path, "--state");
    try {
      ScreenState state = new ScreenState(file, kept, stamps);
      if (file.firstLine().isEmpty()) {
        file.append(Json.write(of));
      } else {
        requireSame(path, of, file.firstLine());
        if (!state.read(path)) {
          note.accept(
              path
                  + " holds pictures that are not among these, or have changed: the screen begins"
                  + " anew");
          state.known.clear();
          file.clear();
          file.append(Json.write(of));
        }
      }
      return state;
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static void requireSame(Path path, Map<String, String> of, String line)
      throws IOException {
    try {
      JsonObject found = Json.readLine(line);
      for (Map.Entry<String, String> expected : of.entrySet()) {
        String other = found.text(expected.getKey()).orElse("");
        if (!other.equals(expected.getValue())) {
          String remedy =
              expected.getKey().equals(MODEL)
                  ? "give its --model, --weights and --tokenizer"
                  : "delete it";
          throw new IOException(
              "%s: expected the state of a screen with %s %s, found %s; %s, or choose another --state"
                  .formatted(path, expected.getKey(), expected.getValue(), other, remedy));
        }
      }
    } catch (IllegalArgumentException e) {
      throw noState(path, e);
    }
  }

  private static IOException noState(Path path, IllegalArgumentException e) {
    return new IOException(
        "%s: expected the state of a screen, found %s; choose another --state"
            .formatted(path, e.getMessage()),
        e);
  }

  /** Whether each line belongs to one of the pictures as it is now. */
  private boolean read(Path path) throws IOException {
    AtomicBoolean fits = new AtomicBoolean(true);
    try {
      file.forEachAfterFirst((line, at) -> {
        ScreenLine.Known one = ScreenLine.read(line);
        if (one.stamp().equals(stamps.get(one.screen().picture()))) {
          known.computeIfAbsent(one.profile(), name -> new ArrayList<>()).add(one.screen());
        } else {
          fits.set(false);
        }
      });
    } catch (IllegalArgumentException e) {
      throw noState(path, e);
    }
    return fits.get();
  }

  /** Adds what is known to a screening. */
  void restore(Screening screening) {
    known.getOrDefault(screening.profile().toString(), List.of()).forEach(screening::restore);
    known.remove(screening.profile().toString());
  }

  /** Keeps a picture. It is on the disk when this returns. */
  void add(Screening screening, PictureScreen screen) throws IOException {
    file.append(
        ScreenLine.of(screening.profile().toString(), stamps.get(screen.picture()), screen));
  }

  /** The screen is complete and reported. */
  void finish() throws IOException {
    if (!kept) {
      file.delete();
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
