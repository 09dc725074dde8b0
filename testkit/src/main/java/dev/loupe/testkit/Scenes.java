package dev.loupe.testkit;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Draws pictures of the kind that the built-in captioner knows: shapes on a plain ground. */
public final class Scenes {

  private static final List<Color> COLOURS =
      List.of(
          Color.RED, Color.GREEN, Color.BLUE, Color.YELLOW, Color.BLACK, Color.WHITE, Color.PINK);
  private static final int CELL = 56;

  private Scenes() {}

  /**
   * Draws scenes into nested folders of at most 25 pictures.
   *
   * @param from the number of the first; a number always gives the same picture
   * @return the files, sorted
   */
  public static List<Path> draw(Path folder, int from, int count) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int n = from; n < from + count; n++) {
      Path file = folder.resolve("a%d/b%d/scene %05d.png".formatted(n / 100, n / 25 % 4, n));
      Files.createDirectories(file.getParent());
      draw(file, n);
      files.add(file);
    }
    return files;
  }

  /** Draws a scene. */
  public static void draw(Path file, int number) throws IOException {
    Random random = new Random(number);
    int columns = 1 + random.nextInt(3);
    int rows = 1 + random.nextInt(2);
    BufferedImage image =
        new BufferedImage(
            columns * CELL + random.nextInt(28),
            rows * CELL + random.nextInt(28),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    int ground = random.nextInt(COLOURS.size());
    pen.setColor(COLOURS.get(ground));
    pen.fillRect(0, 0, image.getWidth(), image.getHeight());
    for (int shape = 0; shape <= random.nextInt(3); shape++) {
      pen.setColor(COLOURS.get((ground + 1 + random.nextInt(COLOURS.size() - 1)) % COLOURS.size()));
      int size = random.nextBoolean() ? 18 : 44;
      int x = random.nextInt(columns) * CELL + (CELL - size) / 2;
      int y = random.nextInt(rows) * CELL + (CELL - size) / 2;
      switch (random.nextInt(3)) {
        case 0 -> pen.fillOval(x, y, size, size);
        case 1 -> pen.fillRect(x, y, size, size);
        default ->
            pen.fillPolygon(
                new int[] {x, x + size / 2, x + size}, new int[] {y + size, y, y + size}, 3);
      }
    }
    pen.dispose();
    ImageIO.write(image, "png", file.toFile());
  }
}
