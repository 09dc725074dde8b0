package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java of README.md compiles. A block is a whole file, a class, or statements, which may use
 * the names that {@link #GIVEN} declares; the packages that {@link #IMPLIED} imports need no import
 * of their own.
 */
class ReadmeTest {
  private static final Path README = Path.of("../README.md");
  private static final Pattern BLOCK = Pattern.compile("(?m)^```java\\R(.*?)^```$", Pattern.DOTALL);
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\R?");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(public |final |sealed )*(class|record|interface|enum) ");

  private static final String IMPLIED =
      """
      import dev.loupe.engine.*;
      import dev.loupe.langchain4j.*;
      import dev.loupe.tensor.numerics.*;
      import dev.langchain4j.data.message.*;
      import dev.langchain4j.model.chat.*;
      import dev.langchain4j.model.chat.response.*;
      import java.nio.file.*;
      import java.util.*;
      """;

  /** What a snippet takes for granted: a loaded model, pictures, options, a conversation. */
  private static final String GIVEN =
      """
        static Qwen2Vl model;
        static GenerationOptions options;
        static Prompt prompt;
        static ChatSession session;
        static Path picture;
        static Path photo;
        static List<Path> pictures;
        static StreamingChatResponseHandler handler;
      """;

  @TempDir Path folder;

  private static List<String> blocks() throws IOException {
    Matcher matcher = BLOCK.matcher(Files.readString(README));
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  /** A block as a file with a class named {@code Snippet} or its own. */
  private static String source(String block) {
    if (TYPE.matcher(block).find()) {
      return block.startsWith("package ") ? block : IMPLIED + block;
    }
    StringBuilder imports = new StringBuilder(IMPLIED);
    IMPORT.matcher(block).results().forEach(found -> imports.append(found.group()));
    String statements = IMPORT.matcher(block).replaceAll("");
    return "%sclass Snippet {\n%s  static void run() throws Exception {\n%s  }\n}\n"
        .formatted(imports, GIVEN, statements);
  }

  /** What the compiler complains of; empty if it does not. */
  private String complaints(String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    SimpleJavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }

          @Override
          public boolean isNameCompatible(String simpleName, Kind kind) {
            return true;
          }
        };
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of(
            "-d", folder.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
    boolean compiled =
        compiler.getTask(complaints, null, null, options, null, List.of(file)).call();
    return compiled ? "" : complaints + "\n" + source;
  }

  @TestFactory
  Stream<DynamicTest> everyJavaBlockCompiles() throws IOException {
    List<String> blocks = blocks();
    assertThat(blocks).isNotEmpty();
    return blocks.stream()
        .map(block ->
            DynamicTest.dynamicTest(
                block.lines().findFirst().orElse(""),
                () -> assertThat(complaints(source(block))).isEmpty()));
  }

  @Test
  void aBlockThatUsesWhatIsNotThereFails() {
    assertThat(complaints(source("model.captoin(picture);\n"))).contains("captoin");
    assertThat(complaints(source("import java.time.Duration;\nDuration d = model.loadTime();\n")))
        .isEmpty();
    assertThat(complaints(source("public class Mine {\n  Qwen2Vl model;\n}\n"))).isEmpty();
  }
}
