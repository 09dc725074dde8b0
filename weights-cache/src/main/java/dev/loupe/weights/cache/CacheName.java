package dev.loupe.weights.cache;

import dev.loupe.io.Sha256;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file of packed weights is called: {@code HASH-LAYOUT-FORMAT.packed}.
 *
 * @param digest the SHA-256, 64 digits, of a text that says what the weights are and what they are
 *     packed for; the name begins with it, the file holds all of it
 */
record CacheName(String digest) {
  private static final Pattern FILE =
      Pattern.compile("([0-9a-f]{32})-(\\d{1,6})-(\\d{1,6})\\.packed");

  /**
   * Weights that are all of the compute type are packed as they are for float32, which keeps the
   * stored ones; the two share a file.
   *
   * @param types which parts are integers
   * @throws IOException if the source cannot be read
   */
  static Optional<CacheName> of(
      ModelWeights source, ContentHashes hashes, DType compute, WeightTypes types)
      throws IOException {
    boolean asStored =
        compute == DType.F32 || source.dtype().filter(type -> type == compute).isPresent();
    String rounding = asStored ? "as stored" : "rounded to " + compute;
    String packing = types.asStored() ? rounding : rounding + ", " + types;
    return source.identity(hashes).map(identity -> CacheName.ofKey(packing + "\n" + identity));
  }

  private static CacheName ofKey(String key) {
    return new CacheName(Sha256.hex(key.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The same, if it is known without reading the weights.
   *
   * @throws IOException if a file of the weights is gone
   */
  static Optional<CacheName> known(
      ModelWeights source, Path folder, DType compute, WeightTypes types) throws IOException {
    try {
      return of(source, ContentHashes.remembered(new CacheFolder(folder)), compute, types);
    } catch (ContentHashes.UnknownContentException e) {
      return Optional.empty();
    }
  }

  /** In a folder. */
  Path in(Path folder) {
    return folder.resolve(
        hash() + "-" + PackedTensor.LAYOUT_VERSION + "-" + PackedTable.FORMAT_VERSION + ".packed");
  }

  private String hash() {
    return digest.substring(0, 32);
  }

  /**
   * Whether a file holds the same weights in an older layout or format, which only an older Loupe
   * could read.
   */
  boolean isOutdated(Path file) {
    Matcher m = FILE.matcher(file.getFileName().toString());
    if (!m.matches() || !m.group(1).equals(hash())) {
      return false;
    }
    int layout = Integer.parseInt(m.group(2));
    int format = Integer.parseInt(m.group(3));
    return layout <= PackedTensor.LAYOUT_VERSION
        && format <= PackedTable.FORMAT_VERSION
        && (layout < PackedTensor.LAYOUT_VERSION || format < PackedTable.FORMAT_VERSION);
  }
}
