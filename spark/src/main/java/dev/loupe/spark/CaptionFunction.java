package dev.loupe.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The SQL function for one row. Spark gives it one row after the other, so that the pictures in a
 * batch are those of different tasks.
 */
final class CaptionFunction implements UDF1<Object, Row>, UDF2<Object, String, Row> {

  private static final long serialVersionUID = 1;

  private final CaptionSettings settings;
  private final CaptionMetrics metrics;
  private transient PictureReading reading;
  private transient TaskContext watched;
  private transient PendingCaption running;

  /**
   * The function with these settings.
   *
   * @param metrics count what is done
   */
  CaptionFunction(CaptionSettings settings, CaptionMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  @Override
  public Row call(Object picture) {
    return call(picture, null);
  }

  @Override
  public Row call(Object picture, String prompt) {
    PictureReading here = reading();
    watch();
    running = here.begin(picture, prompt);
    return running.await(here.settings(), metrics);
  }

  /** Each task has a copy of its own of this function. */
  private PictureReading reading() {
    if (reading == null) {
      reading = new PictureReading(settings, ExecutorModels.of(settings, metrics));
    }
    return reading;
  }

  /** Ends the work on a picture with its task. */
  private void watch() {
    TaskContext task = TaskContext.get();
    if (task != null && task != watched) {
      watched = task;
      TaskCompletionListener end = _ -> running.cancel();
      task.addTaskCompletionListener(end);
    }
  }
}
