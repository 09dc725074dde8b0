package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LittleWorkTest {

  @TempDir Path folder;

  /** Words of a command line; PICTURE and FOLDER exist. */
  private boolean isLittle(String words) throws IOException {
    Path picture = folder.resolve("a.png");
    if (!Files.exists(picture)) {
      Files.createFile(picture);
    }
    return LittleWork.is(
        Arrays.stream(words.split(" "))
            .map(word -> word.replace("PICTURE", picture.toString()))
            .map(word -> word.replace("FOLDER", folder.toString()))
            .toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "serve -h",
        "caption PICTURE",
        "caption PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE",
        "caption -q --prompt What? --max-new-tokens=9 PICTURE",
        "caption --seed 3 --no-check --format=jsonl --receipt PICTURE no-such-file.png"
      })
  void helpAndAFewPicturesOfTheBuiltInModelAreLittle(String words) throws IOException {
    assertThat(isLittle(words)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "caption",
        "caption no-such-file.png",
        "caption FOLDER",
        "caption FOLDER/*.png",
        "caption PICTURE FOLDER",
        "caption PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE PICTURE",
        "caption -m FOLDER PICTURE",
        "caption --model=x PICTURE",
        "caption -mx PICTURE",
        "caption --dtype=float16 PICTURE",
        "caption --arithmetic ampere PICTURE",
        "caption --weights=int4 PICTURE",
        "caption -r PICTURE",
        "caption --from - PICTURE",
        "caption --clip PICTURE PICTURE",
        "caption @PICTURE PICTURE",
        "diagnose PICTURE",
        "bench",
        "tokenize Hello"
      })
  void otherModelsFoldersAndOtherArithmeticsAreNot(String words) throws IOException {
    assertThat(isLittle(words)).isFalse();
  }

  @Test
  void noCommandIsNot() {
    assertThat(LittleWork.is()).isFalse();
  }
}
