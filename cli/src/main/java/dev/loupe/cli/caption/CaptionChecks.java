package dev.loupe.cli.caption;

import dev.loupe.cli.folder.FailedPicture;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.RunListener;
import dev.loupe.engine.Caption;
import dev.loupe.engine.FinishReason;

/** Passes all events to the progress, and checks captions for facts that the user should know. */
record CaptionChecks(RunProgress progress, ShrinkNote shrunk) implements RunListener {

  @Override
  public void read(PictureFile picture) {
    progress.read(picture);
  }

  @Override
  public void token() {
    progress.token();
  }

  @Override
  public void captioned(PictureFile picture, Caption caption) {
    shrunk.check(FileNames.shown(picture.path()), caption.width(), caption.height());
    if (caption.generation().finishReason() == FinishReason.LENGTH) {
      progress.cut();
    }
    progress.captioned(picture, caption);
  }

  @Override
  public void failed(FailedPicture failure) {
    progress.failed(failure);
  }
}
