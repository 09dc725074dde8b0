package dev.loupe.cli;

import dev.loupe.weights.StoredTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SequencedMap;

/** Safetensors files of zeros, which take no room where files may have holes. */
final class SparseFile {
  private SparseFile() {}

  /**
   * Writes a file.
   *
   * @throws IOException also where files may not have holes
   */
  static void write(Path file, SequencedMap<String, StoredTensor> tensors) throws IOException {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
    long end = 0;
    for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
      StoredTensor stored = tensor.getValue();
      long begin = end;
      end += stored.bytes();
      header.append(
          ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  tensor.getKey(),
                  stored.type(),
                  Arrays.toString(stored.shape().toArray()),
                  begin,
                  end));
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      out.write(length.putLong(json.length).array());
      out.write(json);
      out.setLength(Long.BYTES + json.length + end);
    }
  }
}
