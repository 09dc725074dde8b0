package dev.loupe.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys as an xterm sends them in the mode that the editor asks for. */
@Timeout(60)
class EditedInputTest {
  private static final String LEFT = "\033OD";
  private static final String UP = "\033OA";
  private static final String CTRL_D = "\004";

  private Terminal terminal;
  private EditedInput input;

  private void type(String keys) throws IOException {
    terminal =
        new ExternalTerminal(
            "test",
            "xterm",
            new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)),
            new ByteArrayOutputStream(),
            StandardCharsets.UTF_8);
    input = new EditedInput(terminal);
  }

  @AfterEach
  void close() throws IOException {
    input.close();
  }

  @Test
  void linesAreEditedAndRemembered() throws Exception {
    type("Describe it?" + LEFT + "s" + "\r" + UP + "!\r");
    assertThat(input.line()).contains("Describe its?");
    assertThat(input.line()).contains("Describe its?!");
  }

  @Test
  void quotesBackslashesAndExclamationMarksAreText() throws Exception {
    type("What's C:\\new \"this!!\rü 木\r");
    assertThat(input.line()).contains("What's C:\\new \"this!!");
    assertThat(input.line()).contains("ü 木");
  }

  @Test
  void controlDEnds() throws Exception {
    type("one\r" + CTRL_D);
    assertThat(input.line()).contains("one");
    assertThat(input.line()).isEmpty();
  }
}
