package dev.loupe.engine.diagnose;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the rows of the vision tower come from: the patches of pictures, then of clips. The patches
 * of a token lie side by side: merge size by merge size of them, row by row.
 *
 * @param grids of pictures and clips in patches, in the order of the rows
 * @param pictures how many of them are pictures
 * @param mergeSize patches that a token is high and wide
 */
public record Patches(List<Grid> grids, int pictures, int mergeSize) {

  /** Patches of a picture or clip in time, height and width. */
  public record Grid(int t, int h, int w) {}

  /** Copies the list. */
  public Patches {
    grids = List.copyOf(grids);
  }

  /**
   * The patches of a prompt.
   *
   * @param grids {t, h, w} of pictures, then of clips
   */
  public static Patches of(long[][] grids, int pictures, int mergeSize) {
    List<Grid> list = new ArrayList<>();
    for (long[] grid : grids) {
      list.add(new Grid((int) grid[0], (int) grid[1], (int) grid[2]));
    }
    return new Patches(list, pictures, mergeSize);
  }

  /**
   * The place of a patch.
   *
   * @param row of the tower, counted from 0
   * @throws IndexOutOfBoundsException if there are not as many patches
   */
  public PicturePlace place(int row) {
    int number = 0;
    int at = row;
    while (at >= count(grids.get(number))) {
      at -= count(grids.get(number++));
    }
    Grid grid = grids.get(number);
    int inFrame = at % (grid.h * grid.w);
    int token = inFrame / (mergeSize * mergeSize);
    int inToken = inFrame % (mergeSize * mergeSize);
    int tokens = grid.w / mergeSize;
    return new PicturePlace(
        number >= pictures,
        number < pictures ? number + 1 : number - pictures + 1,
        at / (grid.h * grid.w) + 1,
        grid.t,
        token / tokens * mergeSize + inToken / mergeSize + 1,
        grid.h,
        token % tokens * mergeSize + inToken % mergeSize + 1,
        grid.w);
  }

  private static int count(Grid grid) {
    return grid.t * grid.h * grid.w;
  }
}
