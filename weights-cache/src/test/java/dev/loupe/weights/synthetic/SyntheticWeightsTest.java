package dev.loupe.weights.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyntheticWeightsTest {
  private static final String QKV = "visual.blocks.0.attn.qkv.weight";

  private static SequencedMap<String, Shape> one(String name, Shape shape) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(name, shape);
    return shapes;
  }

  private static String crc32(Tensor tensor) {
    CRC32 crc = new CRC32();
    crc.update(tensor.segment().toArray(ValueLayout.JAVA_BYTE));
    return "%08x".formatted(crc.getValue());
  }

  private static String word(Tensor tensor, long i) {
    return "%04x".formatted(tensor.segment().get(Tensor.HALF, i * 2) & 0xffff);
  }

  /**
   * First four and last bfloat16 words and the CRC-32 of the little-endian bytes, from {@code
   * synthetic(name, shape)} of the reference script {@code make_model.py} (NumPy and torch 2.13),
   * {@code zlib.crc32(words.astype("<u2").tobytes())}. One row for each branch of the rule; the
   * embedding and the head have 1,000 rows in place of 151,936 and 152,064, which changes no value.
   */
  @ParameterizedTest
  @CsvSource({
    "visual.patch_embed.proj.weight, 1280 3 2 14 14, 3b71 bd1d bc85 3c2d, bc9b, 414c76c9",
    "visual.blocks.0.norm1.weight, 1280, 3f81 3f7b 3f67 3f71, 3f7e, a4129b4d",
    "visual.blocks.0.norm1.bias, 1280, bdb3 bd99 3d83 bd6d, bc21, 3c8d7a52",
    "visual.merger.ln_q.weight, 1280, 3f86 3f7f 3f86 3f87, 3f71, 9f03df81",
    "visual.blocks.0.attn.qkv.bias, 3840, bd4f bc95 bca1 bd7d, 3dc6, d1c90d85",
    "visual.blocks.31.mlp.fc2.weight, 1280 5120, bc17 3bc6 bca9 bc58, bb81, 3e8d81a6",
    "model.layers.0.self_attn.k_proj.weight, 256 1536, bc7b bc30 bd27 bd20, bbd8, 0b4bec5f",
    "model.layers.27.input_layernorm.weight, 1536, 3f77 3f7b 3f81 3f69, 3f88, abc1c81c",
    "model.norm.weight, 1536, 3f69 3f6d 3f7b 3f84, 3f6a, 30f707d1",
    "model.embed_tokens.weight, 1000 1536, bc53 bc93 3aae bcce, 3cfb, 842e3d88",
    "lm_head.weight, 1000 3584, 3d4a 3d47 bd3c bbfd, bd37, 9f93f7ad"
  })
  void valuesEqualThoseOfTheReferenceScript(
      String name, String dims, String first, String last, String crc) throws IOException {
    long[] shape = List.of(dims.split(" ")).stream().mapToLong(Long::parseLong).toArray();
    try (SyntheticWeights weights = new SyntheticWeights(one(name, Shape.of(shape)), 2)) {
      Tensor t = weights.tensor(name);
      assertThat(t.dtype()).isEqualTo(DType.BF16);
      assertThat(t.shape()).isEqualTo(Shape.of(shape));
      assertThat(List.of(word(t, 0), word(t, 1), word(t, 2), word(t, 3)))
          .containsExactly(first.split(" "));
      assertThat(word(t, t.shape().elements() - 1)).isEqualTo(last);
      assertThat(crc32(t)).isEqualTo(crc);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() throws IOException {
    // Above the size from which threads are used, and a multiple of nothing.
    SequencedMap<String, Shape> shapes = one(QKV, Shape.of(1_234_567));
    try (SyntheticWeights alone = new SyntheticWeights(shapes, 1)) {
      for (int threads : new int[] {2, 3, 7}) {
        try (SyntheticWeights shared = new SyntheticWeights(shapes, threads)) {
          assertThat(shared.tensor(QKV).segment().mismatch(alone.tensor(QKV).segment()))
              .isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void anInterruptedThreadStillGetsAWholeTensor() throws IOException {
    SequencedMap<String, Shape> shapes = one(QKV, Shape.of(1_234_567));
    try (SyntheticWeights alone = new SyntheticWeights(shapes, 1);
        SyntheticWeights shared = new SyntheticWeights(shapes, 2)) {
      Thread.currentThread().interrupt();
      Tensor tensor = shared.tensor(QKV);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(tensor.segment().mismatch(alone.tensor(QKV).segment())).isEqualTo(-1);
    }
  }

  @Test
  void aTensorIsMadeOnceHoweverManyThreadsAskForIt() throws Exception {
    try (SyntheticWeights weights = new SyntheticWeights(one(QKV, Shape.of(3840, 1280)), 2);
        ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Callable<Tensor>> asks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asks.add(() -> weights.tensor(QKV));
      }
      Tensor first = weights.tensor(QKV);
      for (Future<Tensor> asked : pool.invokeAll(asks)) {
        assertThat(asked.get()).isSameAs(first);
      }
    }
  }

  @Test
  void whatATensorWillBeIsKnownBeforeItIsMade() throws IOException {
    try (SyntheticWeights weights = new SyntheticWeights(one(QKV, Shape.of(1L << 40, 3)), 1)) {
      assertThat(weights.names()).containsExactly(QKV);
      assertThat(weights.byteSize()).isEqualTo(6L << 40);
      assertThat(weights.stored(QKV))
          .isEqualTo(new StoredTensor(StoredType.BF16, Shape.of(1L << 40, 3), "synthetic weights"));
      assertThatThrownBy(() -> weights.stored("lm_head.weight")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> weights.tensor("lm_head.weight"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("lm_head.weight: expected in the synthetic weights");
    }
  }

  @Test
  void useAfterCloseIsAnIllegalState() throws IOException {
    SyntheticWeights weights = new SyntheticWeights(one(QKV, Shape.of(2, 2)), 1);
    Tensor before = weights.tensor(QKV);
    weights.close();
    weights.close();
    assertThatThrownBy(() -> weights.tensor(QKV)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> before.getFloat(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void lessThanOneThreadIsRefused() {
    assertThatThrownBy(() -> new SyntheticWeights(one(QKV, Shape.of(2)), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads: expected at least 1, found 0");
  }
}
