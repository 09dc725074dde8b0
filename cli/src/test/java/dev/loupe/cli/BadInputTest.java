package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of bad input, through the command line: one clear line, and the exit code. */
class BadInputTest {

  private static final Path PICTURE = TestFiles.scene("scene-011");
  private static final String WEIGHTS = "model.safetensors";

  @TempDir Path folder;

  @Test
  void aFileThatIsNoPicture() throws IOException {
    Path file = Files.writeString(folder.resolve("a.jpg"), "not a picture");

    assertPictureRefused(
        file,
        "expected a picture (JPEG, PNG, GIF, BMP, TIFF, WEBP), found a file that begins with "
            + "6e 6f 74 20 61 20 70 69; convert it to PNG or JPEG");
  }

  @Test
  void anEmptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("a.png"));

    assertPictureRefused(
        file,
        "expected a picture (JPEG, PNG, GIF, BMP, TIFF, WEBP), found an empty file; copy it again");
  }

  @Test
  void aPngThatIsCutShort() throws IOException {
    assertPictureRefused(
        half(PICTURE, "a.png"), "expected a whole PNG picture, found", "; copy the file again");
  }

  @Test
  void aJpegThatIsCutShort() throws IOException {
    assertPictureRefused(
        half(TestFiles.resource("pictures/rgb-300x200-444.jpg"), "a.jpg"),
        "expected a JPEG end marker, found the end of the file after 12924 bytes; "
            + "the file is cut short, copy it again");
  }

  @Test
  void aStripOfMoreThanTwoHundredToOne() throws IOException {
    Path file = Files.write(folder.resolve("a.png"), png(402, 2));

    assertPictureRefused(
        file, "expected sides in a ratio of at most 200:1, found 402 x 2; crop or pad the picture");
  }

  @Test
  void aHeaderOfSixtyThousandPixelsSquaredIsRefusedBeforeMemoryIsTaken() throws IOException {
    Path file = Files.write(folder.resolve("a.png"), png(60_000, 60_000));

    assertPictureRefused(
        file,
        "expected at most 178956970 pixels, found 60000 x 60000 = 3600000000; "
            + "scale the picture down");
  }

  @Test
  void aModelFolderThatIsMissing() {
    Path missing = folder.resolve("missing");

    assertModelRefused(
        missing,
        missing + ": expected a model folder",
        "found no such folder; give the folder that holds config.json");
  }

  @Test
  void aShardThatIsMissing() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Files.move(model.resolve(WEIGHTS), model.resolve("model-00001-of-00002.safetensors"));

    assertModelRefused(
        model,
        "model-00002-of-00002.safetensors: expected in " + model,
        "found no such file (1 of 2 files missing); the download is incomplete, fetch it again");
  }

  @Test
  void aSafetensorsFileThatIsTruncated() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    byte[] whole = Files.readAllBytes(model.resolve(WEIGHTS));
    Files.write(model.resolve(WEIGHTS), Arrays.copyOf(whole, whole.length - 1000));

    assertModelRefused(
        model,
        ": expected data_offsets within the ",
        ", beyond the end of the file (truncated? fetch it again) in " + WEIGHTS);
  }

  @Test
  void aHeaderLengthOfTwoToTheSixtieth() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(model.resolve(WEIGHTS)));
    content.order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    Files.write(model.resolve(WEIGHTS), content.array());

    assertModelRefused(
        model,
        WEIGHTS
            + ": expected a header of at most 100000000 bytes, found 1152921504606846976; "
            + "this is no safetensors file");
  }

  @Test
  void offsetsThatOverlap() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.editHeader(
        model.resolve(WEIGHTS),
        header -> {
          // Two tensors of one size, the second in the place of the first.
          Object first = header.get("model.layers.0.input_layernorm.weight").get("data_offsets");
          header.get("model.layers.1.input_layernorm.weight").put("data_offsets", first);
        });

    assertModelRefused(model, ": expected data from offset ", ", an overlap with model.layers.");
  }

  @Test
  void offsetsOutsideTheFile() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    List<Long> offsets = List.of(1L << 40, (1L << 40) + 320);
    Fixtures.editHeader(
        model.resolve(WEIGHTS),
        header -> header.get("model.norm.weight").put("data_offsets", offsets));

    assertModelRefused(
        model,
        "model.norm.weight: expected data_offsets within the 4942208 bytes of data, found "
            + "[1099511627776, 1099511628096], beyond the end of the file");
  }

  @Test
  void aTensorOfAnotherShape() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.editHeader(
        model.resolve(WEIGHTS),
        header ->
            header.get("model.layers.2.self_attn.k_proj.weight").put("shape", List.of(160, 32)));

    assertModelRefused(
        model,
        "model.layers.2.self_attn.k_proj.weight: expected [32, 160], found [160, 32] in "
            + WEIGHTS);
  }

  @Test
  void aTensorOfAnotherType() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.editHeader(
        model.resolve(WEIGHTS), header -> header.get("model.norm.weight").put("dtype", "I16"));

    assertModelRefused(
        model, "model.norm.weight: expected F32, BF16 or F16, found I16 in " + WEIGHTS);
  }

  /**
   * What is left out has the default of transformers, 80 layers, which this model does not have.
   */
  @Test
  void aConfigurationWithoutAKeyThatDiffersFromTheDefault() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve("config.json"), json -> json.remove("num_hidden_layers"));

    assertModelRefused(model, "model.layers.4.input_layernorm.weight: expected in " + model);
  }

  @Test
  void aRopeScalingOfAnUnknownType() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(
        model.resolve("config.json"),
        json -> json.put("rope_scaling", Map.of("type", "yarn", "factor", 4)));

    assertModelRefused(
        model,
        "config.json: rope_scaling.type: expected mrope or default, found \"yarn\"; "
            + "Loupe has no other rope scaling");
  }

  /** The older name of a setting is checked beside the newer one. */
  @Test
  void aRopeScalingTypeThatIsNoText() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(
        model.resolve("config.json"),
        json -> json.put("rope_scaling", Map.of("rope_type", "default", "type", -1)));

    assertModelRefused(model, "config.json: rope_scaling.type: expected a string, found -1");
  }

  @Test
  void aPromptLongerThanTheContext() {
    String prompt = String.join(" ", Collections.nCopies(3000, "ring"));

    CommandLineRun run = CommandLineRun.of("caption", "--prompt", prompt, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .startsWith(
            PICTURE
                + ": prompt: expected at most 2047 tokens (max_position_embeddings, less one for "
                + "an answer), found ")
        .endsWith("of which 16 are pictures and clips; shorten the text or lower max_pixels");
  }

  @Test
  void anOutputInAMissingFolderIsRefusedBeforeThePictureIsRead() {
    Path out = folder.resolve("missing/trace.safetensors");

    CommandLineRun run = CommandLineRun.of("trace", folder.resolve("no.png"), "--out", out);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .isEqualTo(
            "%s: expected to write into the folder %s, found no such folder; create the folder first"
                .formatted(out, out.getParent()));
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "needs a folder that root cannot write to either")
  void anOutputInAFolderThatCannotBeWrittenIsRefusedBeforeThePictureIsRead() {
    CommandLineRun run =
        CommandLineRun.of("trace", folder.resolve("no.png"), "-o", "/proc/trace.safetensors");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .startsWith(
            "/proc/trace.safetensors: expected a folder that can be written to, found /proc");
  }

  @Test
  void anOutputThatIsAFolderIsRefused() {
    CommandLineRun run = CommandLineRun.of("trace", PICTURE, "--out", folder);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .isEqualTo(folder + ": expected the name of a file to write, found a folder");
  }

  private static void assertPictureRefused(Path picture, String... parts) {
    CommandLineRun run = CommandLineRun.of("caption", picture);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.error()).startsWith(picture + ": ").contains(parts).hasLineCount(1);
  }

  private static void assertModelRefused(Path model, String... parts) {
    CommandLineRun run = CommandLineRun.of("caption", "--model", model, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.error()).contains(parts).hasLineCount(1);
  }

  private Path half(Path picture, String name) throws IOException {
    byte[] whole = Files.readAllBytes(picture);
    return Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length / 2));
  }

  /** A gray picture; of a large one only the first rows are there. */
  private static byte[] png(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(1 << 16);
    file.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    byte[] header = {0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0};
    ByteBuffer.wrap(header).putInt(width).putInt(height);
    chunk(file, "IHDR", header);
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[(int) Math.min(1 << 14, (width + 1L) * height)]);
    deflater.finish();
    byte[] packed = new byte[1 << 15];
    chunk(file, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
    deflater.end();
    chunk(file, "IEND", new byte[0]);
    return Arrays.copyOf(file.array(), file.position());
  }

  private static void chunk(ByteBuffer file, String type, byte[] data) {
    file.putInt(data.length);
    int start = file.position();
    file.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 crc = new CRC32();
    crc.update(file.array(), start, file.position() - start);
    file.putInt((int) crc.getValue());
  }
}
