package dev.loupe.spark;

import dev.loupe.engine.AnswerHash;
import java.util.Optional;
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
    PendingCaption caption = here.begin(picture, prompt);
    AnswerHash hash = here.hash();
    Optional.ofNullable(TaskContext.get())
        .ifPresent(task -> {
          TaskCompletionListener end = _ -> caption.cancel();
          task.addTaskCompletionListener(end);
        });
    return caption.await(hash, metrics);
  }

  /** Each task has a copy of its own of this function. */
  private PictureReading reading() {
    if (reading == null) {
      reading = new PictureReading(settings, ExecutorModels.of(settings, metrics));
    }
    return reading;
  }
}
