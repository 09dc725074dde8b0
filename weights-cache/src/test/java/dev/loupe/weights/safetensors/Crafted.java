package dev.loupe.weights.safetensors;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files put together by hand, right or wrong. */
public final class Crafted {
  private Crafted() {}

  /** Header length, header and so many data bytes, counting up from 0. */
  public static byte[] bytes(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(json.length).put(json);
    for (int i = 0; i < dataBytes; i++) {
      b.put((byte) i);
    }
    return b.array();
  }

  /** One header entry. */
  public static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, begin, end);
  }

  /** Opens such bytes under the name {@code crafted.safetensors}. */
  public static SafetensorsFile open(byte[] content) throws IOException {
    return SafetensorsFile.read("crafted.safetensors", new ByteArrayInputStream(content));
  }

  /** A file of float32 vectors of two elements, one for each name. */
  public static void file(Path file, String... names) throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < names.length; i++) {
      header.append(i == 0 ? "" : ",").append(entry(names[i], "F32", "[2]", 8L * i, 8L * i + 8));
    }
    Files.write(file, bytes(header.append("}").toString(), 8 * names.length));
  }
}
