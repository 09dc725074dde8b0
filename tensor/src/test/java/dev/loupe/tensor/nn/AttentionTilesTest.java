package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTilesTest {
  private static final int HEADS = 6;
  private static final int KEY_HEADS = 2;
  private static final int HEAD_DIM = 4;

  /** Where the queries of all tiles start, sorted. */
  private static List<Long> starts(AttentionTiles tiles, List<Tile> seen) {
    try (Backend backend = Backend.scalar(1)) {
      tiles.forEach(backend, (tile, worker) -> seen.add(tile));
    }
    List<Long> starts = new ArrayList<>();
    for (Tile tile : seen) {
      for (int r = 0; r < tile.rows(); r++) {
        assertThat(tile.out().start(r)).isEqualTo(tile.q().start(r));
        starts.add(tile.q().start(r));
      }
    }
    return starts.stream().sorted().toList();
  }

  private static AttentionTiles tiles(Arena arena, int rows, List<Sequence> sequences) {
    Tensor q = Tensor.ofFloats(arena, new float[rows * HEADS * HEAD_DIM], rows, HEADS * HEAD_DIM);
    return AttentionTiles.ofHeads(HEADS, HEAD_DIM, Rows.of(q), sequences, q);
  }

  private static List<Long> eachHeadOfEachRow(int rows) {
    List<Long> starts = new ArrayList<>();
    for (long i = 0; i < (long) rows * HEADS; i++) {
      starts.add(i * HEAD_DIM);
    }
    return starts;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 23, 24, 25, 61})
  void everyQueryIsInOneTile(int rows) {
    try (Arena arena = Arena.ofConfined();
        KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
      List<Tile> seen = new ArrayList<>();
      AttentionTiles tiles = tiles(arena, rows, List.of(Sequence.full(kv, 0, rows)));
      assertThat(starts(tiles, seen)).isEqualTo(eachHeadOfEachRow(rows));
      assertThat(seen).allMatch(t -> t.rows() <= AttentionTiles.HEIGHT);
      assertThat(seen).allMatch(t -> t.keyHead() == t.head() / (HEADS / KEY_HEADS));
    }
  }

  @Test
  void oneRowOfEachSequenceGoesInGroupsOfHeadsIfNoThreadStaysIdle() {
    try (Arena arena = Arena.ofConfined();
        KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
      AttentionTiles tiles =
          tiles(arena, 2, List.of(Sequence.causal(kv, 0, 1), Sequence.causal(kv, 1, 1)));
      List<Tile> grouped = new ArrayList<>();
      List<Tile> single = new ArrayList<>();
      assertThat(starts(tiles.groupedFor(4), grouped)).isEqualTo(eachHeadOfEachRow(2));
      assertThat(starts(tiles.groupedFor(5), single)).isEqualTo(eachHeadOfEachRow(2));
      assertThat(grouped).hasSize(2 * KEY_HEADS).allMatch(t -> t.query(t.rows() - 1) == 0);
      assertThat(grouped).extracting(Tile::sequenceNumber).containsExactly(0, 1, 0, 1);
      assertThat(single).hasSize(2 * HEADS);
    }
  }
}
