package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteLevelBpeTest {
  @Test
  void randomMergesGiveWhatSearchingAllPairsGives() {
    Random random = new Random(11);
    for (int n = 0; n < 3000; n++) {
      Model model = randomModel(random);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i >= 0; i--) {
        text.append((char) ('a' + random.nextInt(3)));
      }
      assertThat(model.bpe().encode(text.toString()))
          .as("%s", text)
          .containsExactly(bySearch(text.toString(), model.merges()));
    }
  }

  @Test
  void equalPairsMergeFromTheLeft() {
    MergeRanks.Builder merges = new MergeRanks.Builder(1);
    merges.add('a', 'a', 256);
    assertThat(bpe(merges.build()).encode("aaaaa")).containsExactly(256, 256, 'a');
  }

  @Test
  void aMergeMadePossibleByALaterOneMayHaveALowerRank() {
    MergeRanks.Builder merges = new MergeRanks.Builder(2);
    merges.add(256, 'c', 257);
    merges.add('a', 'b', 256);
    assertThat(bpe(merges.build()).encode("abcab")).containsExactly(257, 256);
  }

  @Test
  void aPairGivenTwiceHasItsLaterRank() {
    MergeRanks.Builder merges = new MergeRanks.Builder(3);
    merges.add('a', 'b', 256);
    merges.add('b', 'c', 257);
    merges.add('a', 'b', 256);
    assertThat(bpe(merges.build()).encode("abc")).containsExactly('a', 257);
  }

  @Test
  void everyCodePointBecomesItsUtf8Bytes() {
    ByteLevelBpe bpe = bpe(new MergeRanks.Builder(0).build());
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        byte[] utf8 = Character.toString(c).getBytes(UTF_8);
        int[] ids = bpe.encode(Character.toString(c));
        boolean equal = ids.length == utf8.length;
        for (int i = 0; equal && i < ids.length; i++) {
          equal = ids[i] == (utf8[i] & 0xFF);
        }
        assertThat(equal).as("U+%04X", c).isTrue();
      }
    }
  }

  @Test
  void twoHundredAndFiftyFiveBytesAreTooFew() {
    assertThatThrownBy(() -> new ByteLevelBpe(new int[255], new MergeRanks.Builder(0).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("byte tokens: expected 256, one for each byte, found 255");
  }

  /**
   * Merges that double: 2, 4, ... 64 times the same byte, each at every position, so that the loop
   * has as much to do as it can. Searching all pairs for each merge would take 10^12 steps.
   */
  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "\n", "中", "ab", "👍", "\u0301"})
  @Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aMegabyteOfOneRepeatedCharacterMergesInTime(String unit) throws IOException {
    String written = written(unit);
    List<String> merges = new ArrayList<>();
    for (int i = 1; i < written.length(); i++) {
      merges.add(written.substring(0, i) + " " + written.charAt(i));
    }
    for (int times = 1; times < 64; times *= 2) {
      merges.add(written.repeat(times) + " " + written.repeat(times));
    }
    Tokenizer tokenizer =
        Tokenizer.load("doubling", InMemory.vocabAndMerges(merges.toArray(String[]::new)));

    int[] ids = tokenizer.encode(unit.repeat(1 << 20));

    int whole = tokenizer.id(written.repeat(64)).orElseThrow();
    assertThat(ids).hasSize((1 << 20) / 64).containsOnly(whole);
  }

  @Test
  @Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aMegabyteOfMixedTextComesBack() throws IOException {
    Tokenizer tokenizer = Tokenizer.load("captioner", TokenizerCases.captioner("tokenizer.json"));
    String line =
        "Describe the picture: 3 large blue rings, 描述这张图片。 Привет 👍🏽 don't!\r\n\t <|im_end|>";
    String text = line.repeat((1 << 20) / line.length());
    assertThat(tokenizer.decode(tokenizer.encode(text), false)).isEqualTo(text);
    assertThat(tokenizer.decode(tokenizer.encodeWithControlTokens(text), false)).isEqualTo(text);
  }

  private static String written(String text) {
    StringBuilder written = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      written.append(ByteAlphabet.charOf(b & 0xFF));
    }
    return written.toString();
  }

  private record Merge(int left, int right, int result) {}

  private record Model(ByteLevelBpe bpe, List<Merge> merges) {}

  /** Merges of tokens made before, then shuffled: a merge may need one of a higher rank. */
  private static Model randomModel(Random random) {
    List<String> tokens = new ArrayList<>(List.of("a", "b", "c"));
    Set<List<Integer>> pairs = new LinkedHashSet<>();
    for (int i = 0; i < 12; i++) {
      int left = random.nextInt(tokens.size());
      int right = random.nextInt(tokens.size());
      String made = tokens.get(left) + tokens.get(right);
      if (!tokens.contains(made)) {
        tokens.add(made);
        pairs.add(List.of(left, right, tokens.size() - 1));
      }
    }
    List<List<Integer>> order = new ArrayList<>(pairs);
    if (random.nextBoolean()) {
      Collections.shuffle(order, random);
    }
    List<Merge> merges = new ArrayList<>();
    MergeRanks.Builder ranks = new MergeRanks.Builder(order.size());
    for (List<Integer> pair : order) {
      Merge merge = new Merge(id(pair.get(0)), id(pair.get(1)), id(pair.get(2)));
      merges.add(merge);
      ranks.add(merge.left(), merge.right(), merge.result());
    }
    return new Model(bpe(ranks.build()), merges);
  }

  private static int id(int token) {
    return token < 3 ? 'a' + token : 253 + token;
  }

  private static ByteLevelBpe bpe(MergeRanks merges) {
    int[] bytes = new int[256];
    for (int b = 0; b < 256; b++) {
      bytes[b] = b;
    }
    return new ByteLevelBpe(bytes, merges);
  }

  private static int[] bySearch(String text, List<Merge> merges) {
    IntArrayList symbols = new IntArrayList(text.chars().toArray());
    while (true) {
      int bestRank = merges.size();
      int at = -1;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        for (int rank = 0; rank < bestRank; rank++) {
          Merge merge = merges.get(rank);
          if (merge.left() == symbols.getInt(i) && merge.right() == symbols.getInt(i + 1)) {
            bestRank = rank;
            at = i;
          }
        }
      }
      if (at < 0) {
        return symbols.toIntArray();
      }
      symbols.set(at, merges.get(bestRank).result());
      symbols.removeInt(at + 1);
    }
  }
}
