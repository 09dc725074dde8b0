package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RgbImageTest {

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_INT_ARGB_PRE,
        BufferedImage.TYPE_4BYTE_ABGR_PRE
      })
  void opaqueColoursComeOutAsTheyWentIn(int type) {
    BufferedImage image = new BufferedImage(2, 1, type);
    image.setRGB(0, 0, 0xff010203);
    image.setRGB(1, 0, 0xfffefdfc);
    assertThat(RgbImage.of(image).toByteArray())
        .containsExactly(1, 2, 3, (byte) 254, (byte) 253, (byte) 252);
  }

  /** 255 * 51/255 + 0 and 0 + 255 * 204/255. */
  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_INT_ARGB_PRE})
  void transparencyIsLaidOverWhite(int type) {
    BufferedImage image = new BufferedImage(2, 1, type);
    image.setRGB(0, 0, 0x33000000);
    image.setRGB(1, 0, 0x00123456);
    assertThat(RgbImage.of(image).toByteArray())
        .containsExactly((byte) 204, (byte) 204, (byte) 204, (byte) 255, (byte) 255, (byte) 255);
  }

  /** getRGB would answer 188 here: it takes Java's gray for linear light. */
  @Test
  void grayIsTakenAsItIs() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, 128);
    assertThat(RgbImage.of(image).toByteArray())
        .containsExactly((byte) 128, (byte) 128, (byte) 128);
  }

  @Test
  void aPaletteIsLookedUp() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED);
    image.setRGB(0, 0, 0xffff0000);
    assertThat(RgbImage.of(image).toByteArray()).containsExactly((byte) 255, 0, 0);
  }

  @Test
  void aPartOfAPictureIsReadAtItsOwnOrigin() {
    BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
    image.setRGB(2, 3, 0x0a0b0c);
    RgbImage part = RgbImage.of(image.getSubimage(2, 3, 1, 1));
    assertThat(part.toByteArray()).containsExactly(10, 11, 12);
  }

  @Test
  void aColourSpaceThatPillowWouldNotTakeIsRefused() {
    ColorSpace xyz = ColorSpace.getInstance(ColorSpace.CS_CIEXYZ);
    ComponentColorModel colors =
        new ComponentColorModel(xyz, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    BufferedImage image =
        new BufferedImage(colors, colors.createCompatibleWritableRaster(1, 1), false, null);
    assertThatThrownBy(() -> RgbImage.of(image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected gray, RGB, CMYK or indexed samples");
  }

  @Test
  void samplesMustFitTheSize() {
    assertThatThrownBy(() -> RgbImage.of(2, 2, new byte[11]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("picture: expected width * height * 3 bytes, found 11 bytes for 2 x 2");
    assertThatThrownBy(() -> RgbImage.of(0, 2, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void samplesOutsideThePictureAreRefused() {
    RgbImage image = RgbImage.of(2, 1, new byte[6]).named("a.png");
    assertThat(image.sample(1, 0, 2)).isZero();
    assertThatThrownBy(() -> image.sample(2, 0, 0))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageStartingWith("a.png: expected a sample within 2 x 1 x 3, found x 2");
  }

  @Test
  void whatIsHandedInOrOutIsACopy() {
    byte[] samples = new byte[3];
    RgbImage image = RgbImage.of(1, 1, samples);
    samples[0] = 1;
    image.toByteArray()[0] = 2;
    assertThat(image.sample(0, 0, 0)).isZero();
  }
}
