package dev.loupe.weights.cache;

import dev.loupe.io.RegularFile;
import dev.loupe.io.Sha256;
import dev.loupe.weights.FileContent;
import dev.loupe.weights.file.FileStamp;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The SHA-256 of files, computed once and remembered for as long as real path, size and time of
 * modification stay what they were.
 *
 * <p>Hashing gigabytes at each start would take seconds. A blob of the Hugging Face cache is not
 * read at all: it is named by its hash. Its size and time enter the result too, because a blob may
 * have been damaged and fetched again under its name.
 */
public final class ContentHashes implements FileContent {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final int BUFFER = 1 << 20;

  /** Bytes of what is remembered of a file: hash, size, time and path. */
  private static final int MAX_MEMORY = 1 << 16;

  /**
   * A file changed this recently is not remembered: a second change within the clock's granularity
   * (2 s on FAT) would not show in its time.
   */
  private static final Duration SETTLED = Duration.ofSeconds(3);

  private final CacheFolder folder;
  private final Optional<CacheListener> listener;

  private ContentHashes(CacheFolder folder, Optional<CacheListener> listener) {
    this.folder = folder;
    this.listener = listener;
  }

  /**
   * Hashes remembered in a folder, or computed and remembered there.
   *
   * @param folder created when there is something to remember; if that fails, nothing is
   * @param listener gets the progress
   */
  static ContentHashes computed(CacheFolder folder, CacheListener listener) {
    return new ContentHashes(folder, Optional.of(listener));
  }

  /** Hashes remembered in a folder; a file that would have to be read is refused. */
  static ContentHashes remembered(CacheFolder folder) {
    return new ContentHashes(folder, Optional.empty());
  }

  /** A file's content is unknown, and it was not to be read. */
  static final class UnknownContentException extends IOException {
    private static final long serialVersionUID = 1;

    UnknownContentException(Path file) {
      super(file + ": expected its hash to be known, found that it was never computed");
    }
  }

  /** All but the key, which does not outlive a copy of the folder. */
  private static List<String> lines(FileStamp stamp) {
    return List.of(
        "size " + stamp.size(), "modified " + stamp.modified(), "path " + stamp.realPath());
  }

  private static boolean isBlob(FileStamp stamp) {
    Path parent = stamp.realPath().getParent();
    return SHA_256.matcher(stamp.realPath().getFileName().toString()).matches()
        && parent != null
        && parent.endsWith("blobs");
  }

  @Override
  public String of(Path file) throws IOException {
    Optional<String> known = known(file);
    if (known.isPresent()) {
      return known.get();
    }
    return compute(file, listener.orElseThrow(() -> new UnknownContentException(file)));
  }

  private Optional<String> known(Path file) throws IOException {
    FileStamp stamp = FileStamp.of(file);
    if (isBlob(stamp)) {
      return Optional.of(
          stamp.realPath().getFileName() + " " + stamp.size() + " " + stamp.modified());
    }
    try {
      String text =
          new String(RegularFile.readAllBytes(memory(stamp), MAX_MEMORY), StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      boolean same = lines.size() == 4 && lines.subList(1, 4).equals(lines(stamp));
      return same && SHA_256.matcher(lines.getFirst()).matches()
          ? Optional.of(lines.getFirst())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private String compute(Path file, CacheListener progress) throws IOException {
    FileStamp before = FileStamp.of(file);
    MessageDigest digest = Sha256.start();
    long done = 0;
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = RegularFile.inputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        done += n;
        progress.hashed(file.getFileName().toString(), done, Math.max(done, before.size()));
      }
    }
    String hash = HexFormat.of().formatHex(digest.digest());
    before.requireUnchanged(file);
    if (before.modified().plus(SETTLED).isBefore(Instant.now())) {
      remember(before, hash);
    }
    return hash;
  }

  /**
   * What cannot be remembered is computed again. It needs no warning of its own: packed weights
   * cannot be kept in that folder either, and their failure gives one.
   */
  private void remember(FileStamp stamp, String hash) {
    List<String> lines = lines(stamp);
    new CacheGuard(silent -> {})
        .attempt(() ->
            folder.write(memory(stamp), List.of(hash, lines.get(0), lines.get(1), lines.get(2))));
  }

  private Path memory(FileStamp stamp) {
    byte[] path = stamp.realPath().toString().getBytes(StandardCharsets.UTF_8);
    return folder.path().resolve("hashes").resolve(Sha256.hex(path).substring(0, 32));
  }
}
