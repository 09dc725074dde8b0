package dev.loupe.cli.folder;

import dev.loupe.cli.folder.CaptionStore.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run will do, decided before it begins: each picture once, and no two captions in the same
 * place.
 *
 * @param todo the pictures to caption, in order
 * @param skipped how many pictures are skipped because they have captions
 * @param done how many were captioned by the same command before it was interrupted
 * @param duplicates how many pictures were named again
 * @param failures the pictures that cannot be captioned
 */
public record Plan(
    List<PictureFile> todo, int skipped, int done, int duplicates, List<FailedPicture> failures) {

  /** What a run does with a picture. */
  public enum Action {
    CAPTION,
    OVERWRITE,
    APPEND,
    PREPEND,
    SKIP,
    DONE
  }

  /** Receives each picture that can be read, in order. */
  public interface Listener {
    void planned(Action action, PictureFile picture, Path target);
  }

  /**
   * Plans a run.
   *
   * @throws IOException if the store cannot be read, or with {@link ExistingPolicy#FAIL} there is a
   *     caption already
   */
  public static Plan of(
      PictureFinder found, CaptionStore store, ExistingPolicy existing, Listener listener)
      throws IOException {
    return new Builder(store, existing, listener).build(found);
  }

  private static final class Builder {
    private final CaptionStore store;
    private final ExistingPolicy existing;
    private final Listener listener;
    private final Map<String, Path> owners = new HashMap<>();
    private final List<PictureFile> todo = new ArrayList<>();
    private final List<FailedPicture> failures = new ArrayList<>();
    private final int[] counts = new int[Action.values().length];
    private int duplicates;

    Builder(CaptionStore store, ExistingPolicy existing, Listener listener) {
      this.store = store;
      this.existing = existing;
      this.listener = listener;
    }

    Plan build(PictureFinder found) throws IOException {
      failures.addAll(found.failures());
      for (PictureFile picture : found.pictures()) {
        try {
          add(picture);
        } catch (IOException e) {
          failures.add(new FailedPicture(FileNames.shown(picture.path()), e));
        }
      }
      int existingCaptions = counts[Action.OVERWRITE.ordinal()];
      if (existing == ExistingPolicy.FAIL && existingCaptions > 0) {
        throw new IOException(
            "%d of %d pictures have captions already; choose --existing skip, overwrite, append or prepend"
                .formatted(existingCaptions, found.pictures().size()));
      }
      return new Plan(
          todo, counts[Action.SKIP.ordinal()], counts[Action.DONE.ordinal()], duplicates, failures);
    }

    private void add(PictureFile picture) throws IOException {
      Path owner = owners.putIfAbsent(store.key(picture), picture.path());
      if (owner == null) {
        Action action = action(store.state(picture));
        counts[action.ordinal()]++;
        listener.planned(action, picture, store.target(picture));
        if (action != Action.SKIP && action != Action.DONE) {
          todo.add(picture);
        }
      } else if (sameFile(owner, picture.path())) {
        duplicates++;
      } else {
        throw new IOException(
            "%s: expected a caption file of its own, found that %s has the same one (%s); rename one picture, or use --format jsonl"
                .formatted(
                    FileNames.shown(picture.path()),
                    FileNames.shown(owner),
                    FileNames.shown(store.target(picture))));
      }
    }

    /** Two links to one file are two pictures, so only the folders are resolved. */
    private static boolean sameFile(Path a, Path b) throws IOException {
      Path one = a.toAbsolutePath();
      Path other = b.toAbsolutePath();
      return one.getFileName().equals(other.getFileName())
          && one.getParent().toRealPath().equals(other.getParent().toRealPath());
    }

    private Action action(State state) {
      return switch (state) {
        case NONE -> Action.CAPTION;
        case DONE -> Action.DONE;
        case EXISTING ->
            switch (existing) {
              case SKIP -> Action.SKIP;
              case OVERWRITE, FAIL -> Action.OVERWRITE;
              case APPEND -> Action.APPEND;
              case PREPEND -> Action.PREPEND;
            };
      };
    }
  }
}
