package dev.loupe.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds out whether a client has closed its connection while there is nothing to send to it. The
 * JDK's server does not report it and gives no access to the socket, but Linux lists the state of
 * every connection in {@code /proc/net}. On other systems a client counts as present until a write
 * to it fails.
 *
 * <p>A client that closes only its sending half counts as gone; the common clients do not do that.
 *
 * @param server this end of the connection
 * @param client the other end
 */
record ConnectionProbe(InetSocketAddress server, InetSocketAddress client) {

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  /** ESTABLISHED in the kernel's numbering (include/net/tcp_states.h). */
  private static final String ESTABLISHED = "01";

  /** What precedes an IPv4 address in the table for IPv6: ten bytes of 0 and two of 255. */
  private static final String MAPPED = word(0) + word(0) + word(0xffff);

  /** Whether it is known that the client is gone. */
  boolean clientGone() {
    boolean known = false;
    for (Path table : TABLES) {
      Optional<String> state;
      try {
        state = state(table);
      } catch (IOException e) {
        continue; // Not Linux, or no such protocol.
      }
      known = true;
      if (state.isPresent()) {
        return !state.get().equals(ESTABLISHED);
      }
    }
    return known;
  }

  private Optional<String> state(Path table) throws IOException {
    Set<String> here = spellings(server);
    Set<String> there = spellings(client);
    try (Stream<String> lines = Files.lines(table)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(f -> f.length > 3 && here.contains(f[1]) && there.contains(f[2]))
          .map(fields -> fields[3])
          .findFirst();
    }
  }

  /** An address as the tables write it: words of 32 bits in the machine's order, and the port. */
  private static Set<String> spellings(InetSocketAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress().getAddress());
    StringBuilder words = new StringBuilder();
    while (bytes.hasRemaining()) {
      words.append(word(bytes.getInt()));
    }
    String plain = words + ":" + HEX.toHexDigits((short) address.getPort());
    return Set.of(plain, MAPPED + plain);
  }

  private static String word(int bigEndian) {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    return HEX.toHexDigits(little ? Integer.reverseBytes(bigEndian) : bigEndian);
  }
}
