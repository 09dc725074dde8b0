package dev.loupe.vision;

public record PatchGrid(int t, int h, int w) {
  public int patches() {
    return t * h * w;
  }
}
