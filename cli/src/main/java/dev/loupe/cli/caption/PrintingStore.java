package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionStore;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.engine.Caption;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Prints captions to standard output, each as soon as it is complete. Keeps nothing, so a run
 * cannot be continued.
 */
final class PrintingStore implements CaptionStore {

  private final CaptionPrinter printer;
  private final Supplier<Duration> load;

  PrintingStore(CaptionPrinter printer, Supplier<Duration> load) {
    this.printer = printer;
    this.load = load;
  }

  @Override
  public List<String> open() {
    return List.of();
  }

  @Override
  public void openReadOnly() {
    // Standard output holds no captions.
  }

  @Override
  public Path target(PictureFile picture) {
    return Path.of("-");
  }

  @Override
  public String key(PictureFile picture) throws IOException {
    Path absolute = picture.path().toAbsolutePath();
    return absolute.getParent().toRealPath().resolve(absolute.getFileName()).toUri().toString();
  }

  @Override
  public State state(PictureFile picture) {
    return State.NONE;
  }

  @Override
  public String existingCaption(PictureFile picture) {
    return "";
  }

  @Override
  public void write(PictureFile picture, String prompt, Caption caption, String text) {
    printer.caption(PictureInput.picture(picture.path()), prompt, caption, text, load.get());
  }

  @Override
  public void finish() {
    // Everything is printed.
  }

  @Override
  public void close() {
    // Standard output belongs to the process.
  }
}
