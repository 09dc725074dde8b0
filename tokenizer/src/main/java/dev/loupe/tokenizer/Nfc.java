package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.text.Normalizer;
import java.util.Arrays;

/**
 * Unicode normalization form C in linear time. {@link Normalizer} orders combining marks by
 * insertion, in a time that grows with the square of their number. So long runs of marks are put in
 * canonical order here first, which does not change the result, because the normal form fixes the
 * order of marks of different classes.
 */
final class Nfc {
  /** Shorter runs go to the JDK as they are: it moves at most 64 * 63 / 2 marks in each. */
  private static final int LONG_RUN = 64;

  /** The first combining mark of Unicode. */
  private static final int FIRST_MARK = 0x300;

  /** U+0345, the only mark of combining class 240, the highest. */
  private static final int HIGHEST_MARK = 0x345;

  private Nfc() {}

  static String normalize(String text) {
    StringBuilder ordered = new StringBuilder();
    int copied = 0;
    for (int i = 0; i < text.length(); ) {
      int end = endOfMarks(text, i);
      if (end - i >= LONG_RUN) {
        ordered.append(text, copied, i);
        appendInCanonicalOrder(text.substring(i, end), ordered);
        copied = end;
      }
      i = end > i ? end : i + Character.charCount(text.codePointAt(i));
    }
    if (copied == 0) {
      return Normalizer.normalize(text, Normalizer.Form.NFC);
    }
    ordered.append(text, copied, text.length());
    return Normalizer.normalize(ordered, Normalizer.Form.NFC);
  }

  private static int endOfMarks(String text, int start) {
    int i = start;
    while (i < text.length() && text.charAt(i) >= FIRST_MARK) {
      int c = text.codePointAt(i);
      switch (Character.getType(c)) {
        case Character.NON_SPACING_MARK,
            Character.COMBINING_SPACING_MARK,
            Character.ENCLOSING_MARK ->
            i += Character.charCount(c);
        default -> {
          return i;
        }
      }
    }
    return i;
  }

  /**
   * A bucket for each combining class; a mark of class 0 empties them, because no mark may pass it.
   */
  private static void appendInCanonicalOrder(String marks, StringBuilder out) {
    int[] decomposed = decompose(marks);
    Int2IntOpenHashMap classes = relativeClasses(decomposed);
    StringBuilder[] buckets = new StringBuilder[classes.size()];
    Arrays.setAll(buckets, _ -> new StringBuilder());
    for (int mark : decomposed) {
      if (classes.containsKey(mark)) {
        buckets[classes.get(mark)].appendCodePoint(mark);
      } else {
        empty(buckets, out);
        out.appendCodePoint(mark);
      }
    }
    empty(buckets, out);
  }

  private static void empty(StringBuilder[] buckets, StringBuilder out) {
    for (StringBuilder bucket : buckets) {
      out.append(bucket);
      bucket.setLength(0);
    }
  }

  /** Mark by mark, so that the JDK has nothing to reorder. */
  private static int[] decompose(String marks) {
    Int2ObjectOpenHashMap<int[]> parts = new Int2ObjectOpenHashMap<>();
    IntArrayList all = new IntArrayList(marks.length());
    for (int i = 0; i < marks.length(); i += Character.charCount(marks.codePointAt(i))) {
      int mark = marks.codePointAt(i);
      int[] part =
          parts.computeIfAbsent(mark, m -> nfd(Character.toString(m)).codePoints().toArray());
      all.addElements(all.size(), part);
    }
    return all.toIntArray();
  }

  /**
   * The marks of a class above 0, numbered so that a lower class has a lower number and equal
   * classes have equal ones. The JDK has no method for the class of a mark, but normalising shows
   * the order of classes.
   */
  private static Int2IntOpenHashMap relativeClasses(int[] marks) {
    IntArrayList distinct = new IntArrayList();
    Arrays.stream(marks).distinct().filter(Nfc::isReordered).forEach(distinct::add);
    distinct.sort((a, b) -> swaps(a, b) ? 1 : swaps(b, a) ? -1 : 0);
    Int2IntOpenHashMap classes = new Int2IntOpenHashMap();
    int number = 0;
    for (int i = 0; i < distinct.size(); i++) {
      number += i > 0 && swaps(distinct.getInt(i), distinct.getInt(i - 1)) ? 1 : 0;
      number += i > 0 && swaps(distinct.getInt(i - 1), distinct.getInt(i)) ? 1 : 0;
      classes.put(distinct.getInt(i), number);
    }
    return classes;
  }

  private static boolean isReordered(int mark) {
    return mark == HIGHEST_MARK || swaps(HIGHEST_MARK, mark);
  }

  private static boolean swaps(int first, int second) {
    String pair = Character.toString(first) + Character.toString(second);
    return !nfd(pair).equals(pair);
  }

  private static String nfd(String s) {
    return Normalizer.normalize(s, Normalizer.Form.NFD);
  }
}
