package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.util.Collection;
import java.util.Optional;

/**
 * Finds added tokens in a text: leftmost first, the longest of those that begin there. The work is
 * bounded by the length of the text times the length of the longest token.
 */
final class AddedTokenTrie {
  private final Node root = new Node();

  AddedTokenTrie(Collection<AddedToken> tokens) {
    for (AddedToken token : tokens) {
      Node node = root;
      for (int i = 0; i < token.content().length(); i++) {
        node = node.children.computeIfAbsent(token.content().charAt(i), _ -> new Node());
      }
      node.token = Optional.of(token);
    }
  }

  /**
   * The longest token that begins at {@code start}.
   *
   * @param special whether special tokens count; where not, a shorter token that is not special may
   *     be found in their place
   */
  Optional<AddedToken> longestAt(String text, int start, boolean special) {
    Optional<AddedToken> longest = Optional.empty();
    Node node = root;
    for (int i = start; i < text.length(); i++) {
      node = node.children.get(text.charAt(i));
      if (node == null) {
        break;
      }
      if (node.token.isPresent() && (special || !node.token.get().special())) {
        longest = node.token;
      }
    }
    return longest;
  }

  private static final class Node {
    private final Int2ObjectOpenHashMap<Node> children = new Int2ObjectOpenHashMap<>(2);
    private Optional<AddedToken> token = Optional.empty();
  }
}
