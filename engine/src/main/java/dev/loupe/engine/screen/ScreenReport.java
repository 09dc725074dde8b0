package dev.loupe.engine.screen;

import java.util.List;

/**
 * A screened model.
 *
 * @param model its name
 * @param prompt the question, with its variables
 * @param profiles what the pictures say of each arithmetic, in the order in which they were asked
 * @param unread pictures that could not be run in any of them
 */
public record ScreenReport(
    String model, String prompt, List<ProfileReport> profiles, List<Unread> unread) {

  /**
   * A picture that could not be run.
   *
   * @param picture its name
   * @param reason why
   */
  public record Unread(String picture, String reason) {}

  /** Copies the lists. */
  public ScreenReport {
    profiles = List.copyOf(profiles);
    unread = List.copyOf(unread);
  }
}
