package dev.loupe.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;

/**
 * The models of this process: each is loaded when the first task asks for it, and stays until the
 * executor ends. Tasks that differ only in their questions, and in how answers are made, share one.
 */
final class ExecutorModels {

  private static final Map<CaptionSettings, ExecutorModel> MODELS = new HashMap<>();
  private static final Set<String> WATCHED = new HashSet<>();
  private static boolean hooked;

  private ExecutorModels() {}

  /**
   * The model of these settings; tasks that ask at once wait for one load.
   *
   * @param metrics count a load
   * @throws UncheckedIOException if a file is missing or refused: the task fails, and its message
   *     says why
   */
  static synchronized ExecutorModel of(CaptionSettings settings, CaptionMetrics metrics) {
    CaptionSettings key = settings.ofLoadedModel();
    ExecutorModel known = MODELS.get(key);
    if (known != null) {
      return known;
    }
    try {
      ExecutorModel loaded = ExecutorModel.load(key);
      metrics.modelLoads().add(1);
      MODELS.put(key, loaded);
      if (!hooked) {
        Runtime.getRuntime().addShutdownHook(new Thread(ExecutorModels::closeAll));
        hooked = true;
      }
      return loaded;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Where tasks run in the driver itself, this process outlives the application. */
  static synchronized void closeAtTheEndOf(SparkContext context) {
    if (context.isLocal() && WATCHED.add(context.applicationId())) {
      context.addSparkListener(
          new SparkListener() {
            @Override
            public void onApplicationEnd(SparkListenerApplicationEnd end) {
              closeAll();
            }
          });
    }
  }

  /** Ends all work and frees all models, at the end of an executor or of a local application. */
  static void closeAll() {
    List<ExecutorModel> all;
    synchronized (ExecutorModels.class) {
      all = new ArrayList<>(MODELS.values());
      MODELS.clear();
    }
    all.forEach(ExecutorModel::close);
  }
}
