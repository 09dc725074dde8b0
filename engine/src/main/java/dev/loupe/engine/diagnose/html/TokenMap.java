package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.Patches;
import dev.loupe.engine.diagnose.SequenceToken;
import dev.loupe.engine.diagnose.SequenceToken.Kind;
import dev.loupe.engine.page.Markup;
import dev.loupe.vision.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/** The tokens of the prompt, and the pictures, coloured by the scores that they take part in. */
final class TokenMap {

  /** Pictures and frames that are drawn; with more the page would be large. */
  private static final int DRAWN = 8;

  private final Diagnosis d;
  private final Prompt prompt;
  private final Markup out;

  private TokenMap(Diagnosis d, Prompt prompt, Markup out) {
    this.d = d;
    this.prompt = prompt;
    this.out = out;
  }

  /** Writes both, and what the colours mean. */
  static void write(Markup out, Diagnosis d, Prompt prompt) {
    TokenMap map = new TokenMap(d, prompt, out);
    map.sequence();
    map.pictures();
    MarginScale.legend(out);
  }

  private float largest(SequenceToken token) {
    List<Float> tokens = d.margins().tokens();
    return token.position() < tokens.size() ? tokens.get(token.position()) : Float.NaN;
  }

  private void sequence() {
    out.open("p", "class", "tokens");
    List<SequenceToken> run = new ArrayList<>();
    for (SequenceToken token : d.tokens()) {
      boolean picture = token.kind() == Kind.PICTURE || token.kind() == Kind.CLIP;
      boolean goesOn = picture && !run.isEmpty() && run.getLast().kind() == token.kind();
      if (!run.isEmpty() && !goesOn) {
        patches(run);
        run = new ArrayList<>();
      }
      if (picture) {
        run.add(token);
      } else {
        text(token);
      }
    }
    if (!run.isEmpty()) {
      patches(run);
    }
    out.close("p");
  }

  private void text(SequenceToken token) {
    float largest = largest(token);
    String answer = token.kind() == Kind.ANSWER ? " of the answer" : "";
    span(
        token.text().replace("\n", "\u21b5"),
        largest,
        "position %d%s: ".formatted(token.position(), answer));
    if (token.text().endsWith("\n")) {
      out.leaf("br");
    }
  }

  /** The tokens of a picture stand in the sequence as one, and below one by one. */
  private void patches(List<SequenceToken> run) {
    float largest = Float.NaN;
    for (SequenceToken token : run) {
      largest = larger(largest, largest(token));
    }
    span(
        "[%d tokens of a %s]".formatted(run.size(), run.getFirst().kind()),
        largest,
        "positions %d to %d: ".formatted(run.getFirst().position(), run.getLast().position()));
  }

  private static float larger(float a, float b) {
    return Float.isNaN(a) || b > a ? b : a;
  }

  private void span(String text, float largest, String where) {
    out.element(
        "span",
        text,
        "class",
        "token " + MarginScale.of(largest).style(),
        "title",
        where + MarginScale.described(largest),
        "data-value",
        largest);
  }

  private void pictures() {
    List<SequenceToken> pictures = ofKind(Kind.PICTURE);
    List<SequenceToken> clips = ofKind(Kind.CLIP);
    List<Patches.Grid> grids = d.patches().grids();
    int drawn = 0;
    int at = 0;
    out.open("div", "class", "plots");
    for (int i = 0; i < grids.size(); i++) {
      boolean clip = i >= d.patches().pictures();
      at = i == d.patches().pictures() ? 0 : at;
      Patches.Grid grid = grids.get(i);
      int merge = d.patches().mergeSize();
      int tokens = grid.h() / merge * (grid.w() / merge);
      for (int t = 0; t < grid.t() && drawn < DRAWN; t++, drawn++) {
        int from = at + t * tokens;
        picture(image(i, t), grid, (clip ? clips : pictures).subList(from, from + tokens));
      }
      at += grid.t() * tokens;
    }
    out.close("div");
    if (drawn == DRAWN) {
      out.element("p", "No more than %d pictures are drawn.".formatted(DRAWN), "class", "quiet");
    }
  }

  private List<SequenceToken> ofKind(Kind kind) {
    return d.tokens().stream().filter(token -> token.kind() == kind).toList();
  }

  /** The picture, or of a clip the frame in which a step in time begins. */
  private RgbImage image(int grid, int time) {
    int pictures = d.patches().pictures();
    if (grid < pictures) {
      return prompt.images().get(grid);
    }
    List<RgbImage> frames = prompt.clips().get(grid - pictures);
    Patches.Grid of = d.patches().grids().get(grid);
    return frames.get(time * frames.size() / of.t());
  }

  private void picture(RgbImage image, Patches.Grid grid, List<SequenceToken> tokens) {
    int merge = d.patches().mergeSize();
    int columns = grid.w() / merge;
    int rows = grid.h() / merge;
    double side = 400.0 / columns;
    String place =
        tokens.getFirst().text().replaceFirst(" \\((time step \\d+)?.*", " $1").stripTrailing();
    out.open("figure").element("figcaption", place);
    out.open("svg", "viewBox", "0 0 400 " + Markup.coordinate(rows * side), "role", "img");
    out.element("title", place + " with the largest scores of its tokens");
    out.leaf(
        "image",
        "href",
        PictureData.address(image),
        "width",
        400,
        "height",
        rows * side,
        "preserveAspectRatio",
        "none");
    for (int i = 0; i < tokens.size(); i++) {
      SequenceToken token = tokens.get(i);
      float largest = largest(token);
      MarginScale of = MarginScale.of(largest);
      double x = i % columns * side;
      double y = i / columns * side;
      of.cell(out, x, y, side, side, largest);
      out.open("title").text(token + ": " + MarginScale.described(largest)).close("title");
      out.close("rect");
      of.cross(out, x, y, side, side);
    }
    out.close("svg").close("figure");
  }
}
