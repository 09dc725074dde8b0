package dev.loupe.engine;

import dev.loupe.tensor.BFloat16;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Float16;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.weights.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfParityTest {

  @ParameterizedTest
  @CsvSource({"bfloat16,eager", "float16,eager", "bfloat16,sdpa", "float16,sdpa"})
  void probe(String dtype, String attention) throws IOException {
    Goldens goldens = new Goldens("captioner");
    DType d = dtype.equals("bfloat16") ? DType.BF16 : DType.F16;
    NumericsProfile profile =
        NumericsProfile.of(d, attention.equals("eager") ? AttentionKind.EAGER : AttentionKind.SDPA);
    Map<String, long[]> sums = new TreeMap<>();
    int tokensEqual = 0, tokensRows = 0, nonfiniteEqual = 0, nonfinite = 0;
    try (Qwen2Vl model =
        Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(profile))) {
      System.out.println(dtype + " weights " + model.weightConversion());
      for (Goldens.Case c : goldens.cases()) {
        try (SafetensorsFile golden = goldens.stages(c.name(), dtype, attention);
            TraceRecorder ours = new TraceRecorder()) {
          model.trace(c.prompt(), GenerationOptions.greedy(), ours);
          for (String stage : golden.entries().keySet()) {
            Tensor g = golden.tensor(stage);
            Tensor o = ours.stages().get(stage);
            if (stage.endsWith("nonfinite")) {
              nonfinite++;
              if (o != null && o.segment().mismatch(g.segment()) == -1) nonfiniteEqual++;
              else
                System.out.println(
                    "nonfinite differs "
                        + c
                        + " "
                        + stage
                        + " "
                        + g.shape()
                        + " "
                        + (o == null ? null : o.shape()));
              continue;
            }
            if (g.dtype() == DType.I64 || stage.endsWith("absmax")) continue;
            long[] s = sums.computeIfAbsent(stage, k -> new long[6]);
            long n = g.shape().elements(), skip = o.shape().elements() - n;
            for (long i = 0; i < n; i++) {
              int a = ordinal(d, g.getFloat(i)), b = ordinal(d, o.getFloat(skip + i));
              s[0]++;
              if (Float.isNaN(g.getFloat(i)) != Float.isNaN(o.getFloat(skip + i))) {
                s[4]++;
                continue;
              }
              if (Float.isNaN(g.getFloat(i))) {
                s[5]++;
                continue;
              }
              int diff = Math.abs(a - b);
              if (diff > 0) s[1]++;
              if (diff > 2) s[2]++;
              s[3] = Math.max(s[3], diff);
            }
          }
        }
        Map<String, Object> run = goldens.run(c.name(), dtype, attention);
        if (run.containsKey("greedy")) {
          tokensRows++;
          Generation answer =
              model.generate(
                  c.prompt(),
                  GenerationOptions.greedy().check(false).maxNewTokens(c.maxNewTokens()),
                  TokenListener.NONE);
          if (answer.tokens().equals(run.get("greedy"))) tokensEqual++;
          else
            System.out.println(
                "tokens differ " + c + " " + answer.tokens() + " golden " + run.get("greedy"));
        }
      }
    }
    sums.forEach((k, s) ->
        System.out.printf(
            "%s %s %-20s %d elements, %d differ (%.4f %%), %d by >2 ulp, max %d, NaN mismatch %d, NaN %d%n",
            dtype, attention, k, s[0], s[1], 100.0 * s[1] / s[0], s[2], s[3], s[4], s[5]));
    System.out.println(
        dtype
            + " "
            + attention
            + " tokens equal "
            + tokensEqual
            + "/"
            + tokensRows
            + " nonfinite equal "
            + nonfiniteEqual
            + "/"
            + nonfinite);
  }

  @org.junit.jupiter.api.Test
  void borderline() throws IOException {
    Goldens goldens = new Goldens("borderline");
    NumericsProfile profile = NumericsProfile.FLOAT16_EAGER;
    int eq = 0, all = 0, tok = 0;
    try (Qwen2Vl model =
        Qwen2Vl.load(
            dev.loupe.weights.ModelDirectory.of(Goldens.file("checkpoints/borderline")),
            LoadOptions.defaults().profile(profile))) {
      for (Goldens.Case c : goldens.cases()) {
        try (SafetensorsFile golden = goldens.stages(c.name(), "float16", "eager");
            TraceRecorder ours = new TraceRecorder()) {
          model.trace(c.prompt(), GenerationOptions.greedy(), ours);
          for (String stage : golden.entries().keySet())
            if (stage.endsWith("nonfinite")) {
              all++;
              if (ours.stages().get(stage).segment().mismatch(golden.tensor(stage).segment()) == -1)
                eq++;
              else
                System.out.println(
                    "nonfinite differs "
                        + c
                        + " "
                        + stage
                        + " "
                        + golden.tensor(stage).shape()
                        + " ours "
                        + ours.stages().get(stage).shape());
            }
        }
        Map<String, Object> run = goldens.run(c.name(), "float16", "eager");
        Generation answer =
            model.generate(
                c.prompt(),
                GenerationOptions.greedy().check(false).maxNewTokens(c.maxNewTokens()),
                TokenListener.NONE);
        String err = null;
        List<Integer> sampled = null;
        try {
          sampled =
              model
                  .generate(
                      c.prompt(),
                      GenerationOptions.greedy()
                          .check(false)
                          .maxNewTokens(c.maxNewTokens())
                          .sample(
                              1234,
                              new dev.loupe.engine.sampling.SamplingSettings(
                                  true,
                                  1,
                                  0,
                                  false,
                                  1,
                                  50,
                                  1,
                                  0,
                                  dev.loupe.engine.sampling.TiePolicy.TORCH_CPU)),
                      TokenListener.NONE)
                  .tokens();
        } catch (dev.loupe.engine.sampling.InvalidDistributionException e) {
          err = e.getMessage();
        }
        if (!java.util.Objects.equals(err, run.get("sample_error"))
            || !java.util.Objects.equals(sampled, run.get("sampled_seed1234_topk50")))
          System.out.println(
              "float sampled differs "
                  + c
                  + " "
                  + sampled
                  + " "
                  + err
                  + " golden "
                  + run.get("sampled_seed1234_topk50")
                  + run.get("sample_error"));
        if (answer.tokens().equals(run.get("greedy"))) tok++;
        else
          System.out.println(
              "tokens differ " + c + " " + answer.tokens() + " golden " + run.get("greedy"));
      }
    }
    System.out.println("float16 borderline nonfinite equal " + eq + "/" + all + " tokens " + tok);
  }

  @ParameterizedTest
  @CsvSource({"bfloat16,eager", "float16,eager", "float32,eager"})
  void forced(String dtype, String attention) throws IOException {
    Goldens goldens = new Goldens("captioner");
    DType d =
        dtype.equals("bfloat16") ? DType.BF16 : dtype.equals("float16") ? DType.F16 : DType.F32;
    NumericsProfile profile =
        NumericsProfile.of(d, attention.equals("eager") ? AttentionKind.EAGER : AttentionKind.SDPA);
    Map<String, long[]> sums = new TreeMap<>();
    try (dev.loupe.engine.LoadedModel model =
        LoadedModel.load(BuiltInModel.files(), LoadOptions.defaults().profile(profile))) {
      for (Goldens.Case c : goldens.cases()) {
        try (SafetensorsFile golden = goldens.stages(c.name(), dtype, attention);
            Request r =
                new Request(
                    model,
                    profile,
                    c.prompt(),
                    GenerationOptions.greedy(),
                    dev.loupe.tensor.numerics.NumericsTrace.NONE);
            dev.loupe.tensor.Workspace w =
                new dev.loupe.tensor.Workspace(
                    model.backend(), profile, dev.loupe.tensor.numerics.NumericsTrace.NONE)) {
          ModelInput in = r.input();
          if (golden.tensor("inputs_embeds").rowCount() != in.ids().length) continue;
          if (!in.grids().isEmpty()) {
            String prev = "visual.patch_embed";
            for (int n = 0; n < 4; n++) {
              Tensor x = f32(golden.tensor(prev), w);
              model.model().visual().blocks(n, n + 1, x, in.grids(), w);
              prev = "visual.blocks." + n;
              compare(sums, d, prev, golden.tensor(prev), x);
            }
            compare(
                sums,
                d,
                "visual.merger",
                golden.tensor("visual.merger"),
                model.model().visual().merge(f32(golden.tensor(prev), w), w));
          }
          String prev = "inputs_embeds";
          for (int n = 0; n < 4; n++) {
            Tensor x = f32(golden.tensor(prev), w);
            try (var cache = model.model().newCache()) {
              model.model().decoder().layers(n, n + 1, x, model.model().positions(in), cache, w);
            }
            prev = "layers." + n;
            compare(sums, d, prev, golden.tensor(prev), x);
          }
          compare(
              sums,
              d,
              "norm",
              golden.tensor("norm"),
              model.model().decoder().normed(f32(golden.tensor("layers.3"), w), w));
          compare(
              sums,
              d,
              "logits",
              golden.tensor("logits"),
              model.model().logits(f32(golden.tensor("norm"), w), w));
        }
      }
    }
    sums.forEach((k, s) ->
        System.out.printf(
            "forced %s %s %-20s %d elements, %d differ (%.4f %%), %d by >2 ulp, max %d, NaN mismatch %d, NaN %d%n",
            dtype, attention, k, s[0], s[1], 100.0 * s[1] / s[0], s[2], s[3], s[4], s[5]));
  }

  private static Tensor f32(Tensor t, dev.loupe.tensor.Workspace w) {
    Tensor x = w.matrix(t.rowCount(), t.columnCount());
    for (long i = 0; i < t.shape().elements(); i++)
      x.segment().set(Tensor.FLOAT, i * 4, t.getFloat(i));
    return x;
  }

  private static void compare(Map<String, long[]> sums, DType d, String stage, Tensor g, Tensor o) {
    long[] s = sums.computeIfAbsent(stage, k -> new long[6]);
    long n = g.shape().elements(), skip = o.shape().elements() - n;
    for (long i = 0; i < n; i++) {
      int a = ordinal(d, g.getFloat(i)), b = ordinal(d, o.getFloat(skip + i));
      s[0]++;
      if (Float.isNaN(g.getFloat(i)) != Float.isNaN(o.getFloat(skip + i))) {
        s[4]++;
        continue;
      }
      if (Float.isNaN(g.getFloat(i))) {
        s[5]++;
        continue;
      }
      int diff = Math.abs(a - b);
      if (diff > 0) s[1]++;
      if (diff > 2) s[2]++;
      s[3] = Math.max(s[3], diff);
    }
  }

  private static int ordinal(DType d, float v) {
    if (d == DType.F32) {
      int b = Float.floatToIntBits(v);
      return b < 0 ? -(b & 0x7fffffff) : b;
    }
    short bits = d == DType.BF16 ? BFloat16.fromFloat(v) : Float16.fromFloat(v);
    return bits < 0 ? -(bits & 0x7fff) : bits;
  }
}
