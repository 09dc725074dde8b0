import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CaptionTest {
  @Test
  void theSampleIsCaptioned() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      Caption.main(new String[] {System.getProperty("sample")});
    } finally {
      System.setOut(before);
    }
    assertEquals("A small blue triangle to the left of a small yellow triangle on a white background.", out.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void langChain4jDoesNotComeAlong() {
    assertThrows(
        ClassNotFoundException.class, () -> Class.forName("dev.langchain4j.model.chat.ChatModel"));
  }
}
