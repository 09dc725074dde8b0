package dev.loupe.spark;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What was done so far. Spark shows these accumulators in its UI, at the stage, and adds them up on
 * the driver while the job runs. A task that is tried twice counts twice.
 *
 * @param pictures that were captioned
 * @param tokens of their answers
 * @param failures pictures that got an error in place of a caption
 * @param modelLoads how often an executor loaded a model
 */
public record CaptionMetrics(
    LongAccumulator pictures,
    LongAccumulator tokens,
    LongAccumulator failures,
    LongAccumulator modelLoads)
    implements Serializable {

  /** New ones of an application. */
  static CaptionMetrics of(SparkContext context) {
    ExecutorModels.closeAtTheEndOf(context);
    return new CaptionMetrics(
        context.longAccumulator("loupe pictures"),
        context.longAccumulator("loupe tokens"),
        context.longAccumulator("loupe failures"),
        context.longAccumulator("loupe model loads"));
  }
}
