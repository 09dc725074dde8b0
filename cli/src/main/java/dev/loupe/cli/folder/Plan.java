package dev.loupe.cli.folder;

import dev.loupe.cli.folder.CaptionStore.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run will do, settled before it begins: each picture once, none whose caption would take
 * the place of another's.
 *
 * @param todo what is to be captioned, in order
 * @param skipped how many pictures are passed over because they have captions
 * @param done how many were captioned by the same command before it was interrupted
 * @param twice how many were named again
 * @param failures what cannot be captioned
 */
public record Plan(
    List<PictureFile> todo, int skipped, int done, int twice, List<FailedPicture> failures) {

  /** What becomes of a picture. */
  public enum Action {
    CAPTION,
    OVERWRITE,
    APPEND,
    PREPEND,
    SKIP,
    DONE
  }

  /** Told of each picture that can be read, in order. */
  public interface Listener {
    void planned(Action action, PictureFile picture, Path target);
  }

  /**
   * Settles what is to be done.
   *
   * @throws IOException if the store cannot be read, or with {@link Existing#FAIL} there is a
   *     caption already
   */
  public static Plan of(
      PictureFinder found, CaptionStore store, Existing existing, Listener listener)
      throws IOException {
    return new Maker(store, existing, listener).make(found);
  }

  private static final class Maker {
    private final CaptionStore store;
    private final Existing existing;
    private final Listener listener;
    private final Map<String, Path> owners = new HashMap<>();
    private final List<PictureFile> todo = new ArrayList<>();
    private final List<FailedPicture> failures = new ArrayList<>();
    private final int[] counts = new int[Action.values().length];
    private int twice;

    Maker(CaptionStore store, Existing existing, Listener listener) {
      this.store = store;
      this.existing = existing;
      this.listener = listener;
    }

    Plan make(PictureFinder found) throws IOException {
      failures.addAll(found.failures());
      for (PictureFile picture : found.pictures()) {
        try {
          settle(picture);
        } catch (IOException e) {
          failures.add(new FailedPicture(FileNames.shown(picture.path()), e));
        }
      }
      int in = counts[Action.OVERWRITE.ordinal()];
      if (existing == Existing.FAIL && in > 0) {
        throw new IOException(
            "%d of %d pictures have captions already; --existing skip, overwrite, append or prepend says what becomes of them"
                .formatted(in, found.pictures().size()));
      }
      return new Plan(
          todo, counts[Action.SKIP.ordinal()], counts[Action.DONE.ordinal()], twice, failures);
    }

    private void settle(PictureFile picture) throws IOException {
      Path owner = owners.putIfAbsent(store.key(picture), picture.path());
      if (owner == null) {
        Action action = action(store.state(picture));
        counts[action.ordinal()]++;
        listener.planned(action, picture, store.target(picture));
        if (action != Action.SKIP && action != Action.DONE) {
          todo.add(picture);
        }
      } else if (sameFile(owner, picture.path())) {
        twice++;
      } else {
        throw new IOException(
            "%s: expected a caption file of its own, found that %s has the same (%s); rename one, or use --format jsonl"
                .formatted(
                    FileNames.shown(picture.path()),
                    FileNames.shown(owner),
                    FileNames.shown(store.target(picture))));
      }
    }

    /** Links to one file from two places are two pictures, so only the folders are resolved. */
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
        case BEFORE ->
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
