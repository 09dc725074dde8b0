package dev.loupe.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Adds captions to the rows of a partition, in their order. So many pictures are under way at once
 * that the model can fill its batch and has the next pictures ready.
 *
 * @param settings how captions are made
 * @param picture the column with bytes or paths
 * @param prompt the column with questions, if there is one
 * @param output the column that captions replace, if there is one; otherwise they come last
 * @param metrics count what is done
 */
record PartitionCaptions(
    CaptionSettings settings, int picture, Integer prompt, Integer output, CaptionMetrics metrics)
    implements MapPartitionsFunction<Row, Row> {

  static final int AHEAD = 2;

  /** A row, and the caption that it will get. */
  private record Pending(Row row, PendingCaption caption) {}

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows; // No model is loaded for nothing.
    }
    ExecutorModel model = ExecutorModels.of(settings, metrics);
    return new Captions(rows, new PictureReading(settings, model));
  }

  private final class Captions implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final PictureReading reading;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final int most;

    Captions(Iterator<Row> rows, PictureReading reading) {
      this.rows = rows;
      this.reading = reading;
      this.most = reading.batch() + AHEAD;
      TaskContext task = TaskContext.get();
      if (task != null) {
        TaskCompletionListener end = _ -> pending.forEach(each -> each.caption.cancel());
        task.addTaskCompletionListener(end);
      }
    }

    @Override
    public boolean hasNext() {
      return !pending.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
      while (pending.size() < most && rows.hasNext()) {
        Row row = rows.next();
        String asked = prompt == null ? null : row.getString(prompt);
        pending.add(new Pending(row, reading.begin(row.get(picture), asked)));
      }
      if (pending.isEmpty()) {
        throw new NoSuchElementException("no row is left");
      }
      Pending first = pending.remove();
      return with(first.row, first.caption.await(reading.settings(), metrics));
    }
  }

  private Row with(Row row, Row caption) {
    OptionalInt replaced = output == null ? OptionalInt.empty() : OptionalInt.of(output);
    Object[] values = new Object[row.size() + (replaced.isPresent() ? 0 : 1)];
    for (int i = 0; i < row.size(); i++) {
      values[i] = row.get(i);
    }
    values[replaced.orElse(row.size())] = caption;
    return RowFactory.create(values);
  }
}
