package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.NamedPipe;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ImageDecoderTest {
  private static final ImageDecoder DECODER = new ImageDecoder();

  @TempDir private Path folder;

  @Test
  void theContentDecidesNotTheName() throws IOException {
    Path file = folder.resolve("really-a-png.webp");
    Files.write(file, Pictures.file("rgb-28x28.png"));
    RgbImage picture = DECODER.decode(file);
    assertThat(picture.name()).isEqualTo("really-a-png.webp");
    assertThat(picture.samples()).isEqualTo(Pictures.decode("rgb-28x28.png").samples());
  }

  @Test
  void bytesAndStreamsGiveTheSamePicture() throws IOException {
    byte[] file = Pictures.file("palette-140x100.gif");
    RgbImage fromStream = DECODER.decode(new ByteArrayInputStream(file), "upload");
    assertThat(fromStream.name()).isEqualTo("upload");
    assertThat(fromStream.samples()).isEqualTo(DECODER.decode(file, "upload").samples());
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @EnabledOnOs(OS.LINUX)
  void aPipeOrDeviceIsNotReadFrom() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve("pipe.png"));
    for (Path odd : List.of(pipe, Path.of("/dev/zero"))) {
      assertThatThrownBy(() -> DECODER.decode(odd))
          .isInstanceOf(IOException.class)
          .hasMessage(odd + ": expected a regular file, found a pipe or device");
      assertThatThrownBy(() -> DECODER.decodeClip(odd)).isInstanceOf(IOException.class);
      assertThat(ImageHeader.read(odd)).isEmpty();
    }
  }

  @Test
  void whatFollowsAJpegIsIgnored() throws IOException {
    byte[] file = Pictures.file("edge/jpeg-420.jpg");
    byte[] longer = Arrays.copyOf(file, file.length + 999);
    assertThat(DECODER.decode(longer, "a").samples())
        .isEqualTo(DECODER.decode(file, "a").samples());
  }

  @Test
  void anotherPluginForTheSameFormatIsPassedOver() throws IOException {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    Impostor impostor = new Impostor();
    ImageReaderSpi own = ImageFormat.PNG.reader().getOriginatingProvider();
    registry.registerServiceProvider(impostor, ImageReaderSpi.class);
    registry.setOrdering(ImageReaderSpi.class, impostor, own);
    try {
      assertThat(DECODER.decode(Pictures.file("rgb-28x28.png"), "a").width()).isEqualTo(28);
    } finally {
      registry.deregisterServiceProvider(impostor, ImageReaderSpi.class);
    }
  }

  /** Claims to read PNG, and cannot. */
  private static final class Impostor extends ImageReaderSpi {
    Impostor() {
      super(
          "test",
          "1",
          new String[] {"png", "PNG"},
          new String[] {"png"},
          new String[] {"image/png"},
          Impostor.class.getName(),
          new Class<?>[] {ImageInputStream.class},
          null,
          false,
          null,
          null,
          null,
          null,
          false,
          null,
          null,
          null,
          null);
    }

    @Override
    public boolean canDecodeInput(Object source) {
      return true;
    }

    @Override
    public ImageReader createReaderInstance(Object extension) {
      throw new UnsupportedOperationException("the impostor was asked");
    }

    @Override
    public String getDescription(Locale locale) {
      return "an impostor";
    }
  }
}
