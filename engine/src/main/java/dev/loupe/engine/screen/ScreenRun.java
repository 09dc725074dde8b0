package dev.loupe.engine.screen;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.BatchTrace;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.engine.screen.PictureWatch.Peak;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs many pictures through a model as {@code caption} does, with the same answers, and keeps the
 * largest number of every operation.
 *
 * <pre>{@code
 * Screening screening = new Screening(model.profile(), List.of("a.png", "b.png"));
 * new ScreenRun(model, screening, listener).run(8, requests);
 * ProfileReport report = screening.report();
 * }</pre>
 *
 * <p>One thread, one use.
 */
public final class ScreenRun {
  private final Qwen2Vl model;
  private final Screening screening;
  private final ScreenListener listener;
  private final Map<Integer, Running> running = new HashMap<>();
  private List<Running> rows = List.of();
  private boolean prompt;

  /** A picture in flight. */
  private record Running(PictureWatch watch, List<Integer> tokens) {}

  /**
   * A run that has not begun.
   *
   * @param model in the arithmetic of {@code screening}
   */
  public ScreenRun(Qwen2Vl model, Screening screening, ScreenListener listener) {
    this.model = model;
    this.screening = screening;
    this.listener = listener;
  }

  /**
   * Runs pictures until there are no more, or the thread is interrupted.
   *
   * @param batch how many side by side; changes nothing of what is found
   * @param requests with one picture each; keys are places in the list of the screening
   */
  public void run(int batch, Iterator<BatchRequest<Integer>> requests) {
    Iterator<BatchRequest<Integer>> listened =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return requests.hasNext();
          }

          @Override
          public BatchRequest<Integer> next() {
            return listened(requests.next());
          }
        };
    model.generateAll(batch, listened, new Answers(), new Watch());
  }

  /** The tokens are needed if an answer fails on its way. */
  private BatchRequest<Integer> listened(BatchRequest<Integer> request) {
    return new BatchRequest<>(
        request.key(),
        request.prompt(),
        request.options(),
        (id, text) -> {
          running.get(request.key()).tokens.add(id);
          listener.token();
          return request.listener().token(id, text);
        });
  }

  /** Gives each picture what belongs to it. */
  private final class Watch implements BatchTrace<Integer> {

    @Override
    public void prompt(Integer key) {
      Running begins = new Running(new PictureWatch(screening.profile()), new ArrayList<>());
      running.put(key, begins);
      rows = List.of(begins);
      prompt = true;
    }

    @Override
    public void tokens(List<Integer> keys) {
      rows = keys.stream().map(running::get).toList();
      rows.forEach(one -> one.watch.nextPass());
      prompt = false;
    }

    @Override
    public void stage(StageId stage, Tensor value) {
      rows.getFirst().watch.inputs().stage(stage, value);
    }

    @Override
    public boolean wantsExtremes() {
      return true;
    }

    @Override
    public void extremes(OperationId operation, float[] largest) {
      if (operation.part() == Part.VISION_TOWER && largest.length == 0) {
        return; // A prompt without pictures.
      }
      if (prompt) {
        rows.getFirst().watch.operation(operation, largest, 0, largest.length);
        return;
      }
      for (int row = 0; row < largest.length; row++) {
        rows.get(row).watch.operation(operation, largest, row, row + 1);
      }
    }

    @Override
    public void extremes(OperationId operation, int sequence, List<ExtremeScore> ofHeads) {
      rows.get(sequence).watch.scores(operation, ofHeads);
    }
  }

  /** Takes the pictures as they end. */
  private final class Answers implements BatchListener<Integer> {

    @Override
    public void completed(Integer key, Generation answer) {
      Running ended = running.remove(key);
      if (answer.finishReason() != FinishReason.CANCELLED) {
        add(key, ended, Optional.empty());
      }
    }

    @Override
    public void failed(Integer key, Exception reason) {
      Running ended = running.remove(key);
      if (reason instanceof NonFiniteLogitsException
          || reason instanceof InvalidDistributionException) {
        add(key, ended, Optional.of(reason.getMessage()));
      } else {
        listener.unread(key, reason);
      }
    }

    private void add(int picture, Running ended, Optional<String> error) {
      PictureWatch watch = ended.watch;
      PeakPlace places = new PeakPlace(model, watch, ended.tokens);
      List<Extreme> extremes = new ArrayList<>();
      double share = 0;
      for (Peak peak : watch.peaks()) {
        if (screening.improves(picture, peak.site(), peak.magnitude())) {
          extremes.add(extreme(picture, peak, places));
        }
        share = Math.max(share, peak.share());
      }
      PictureScreen screen =
          new PictureScreen(
              screening.name(picture),
              share,
              watch.overflow().map(peak -> extreme(picture, peak, places)),
              error,
              ended.tokens.size(),
              extremes);
      screening.add(picture, screen);
      listener.screened(picture, screen);
    }

    private Extreme extreme(int picture, Peak peak, PeakPlace places) {
      return new Extreme(
          peak.site(), peak.magnitude(), peak.limit(), screening.name(picture), places.of(peak));
    }
  }
}
