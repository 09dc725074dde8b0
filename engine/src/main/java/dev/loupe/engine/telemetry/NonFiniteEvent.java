package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Scores were inf or nan, which ended an answer. */
@Name("dev.loupe.NonFinite")
@Label("Non-Finite Scores")
@Category("Loupe")
@Description("Scores were inf or nan, which ended an answer.")
public final class NonFiniteEvent extends Event {
  @Label("Token of the Answer, from 0")
  int token;

  @Label("Scores That Are Inf or NaN")
  int nonFinite;

  @Label("Scores")
  int scores;

  @Label("Numerics Profile")
  String profile;

  /** It happened now. */
  public static void happened(int token, int nonFinite, int scores, String profile) {
    NonFiniteEvent event = new NonFiniteEvent();
    event.token = token;
    event.nonFinite = nonFinite;
    event.scores = scores;
    event.profile = profile;
    event.commit();
  }
}
