package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.io.IOException;
import java.util.List;

/**
 * The content of the files, before it is compiled.
 *
 * @param subject the file that holds the vocabulary, for error messages
 * @param vocabulary the id of each BPE entry, written in the byte alphabet
 * @param merges left and right token of each merge in turn, best first
 * @param addedTokens those that the same file names
 */
record BpeModel(
    String subject,
    Object2IntOpenHashMap<String> vocabulary,
    List<String> merges,
    List<AddedToken> addedTokens) {

  int[] byteIds() throws IOException {
    int[] ids = new int[256];
    for (int b = 0; b < 256; b++) {
      ids[b] = idOf(String.valueOf(ByteAlphabet.charOf(b)), "byte " + b);
    }
    return ids;
  }

  MergeRanks mergeRanks() throws IOException {
    MergeRanks.Builder ranks = new MergeRanks.Builder(merges.size() / 2);
    for (int i = 0; i < merges.size(); i += 2) {
      String left = merges.get(i);
      String right = merges.get(i + 1);
      String what = "merge " + i / 2;
      ranks.add(idOf(left, what), idOf(right, what), idOf(left + right, what));
    }
    return ranks.build();
  }

  private int idOf(String token, String what) throws IOException {
    int id = vocabulary.getOrDefault(token, -1);
    if (id < 0) {
      throw TokenizerJson.malformed(
          subject + ": " + what, "the token \"" + token + "\" in the vocabulary", "no such token");
    }
    return id;
  }
}
