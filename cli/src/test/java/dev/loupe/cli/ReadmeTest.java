package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.MatchResult;
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
 * The Java of README.md and of the pages in docs compiles. A block is a whole file, a class, or
 * statements, which may use the names that {@link #GIVEN} declares; the packages that {@link
 * #IMPLIED} imports need no import of their own. The picture of a diagnosis shows what the command
 * prints, and links lead to files that are there.
 */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PICTURE = ROOT.resolve("docs/diagnose.svg");
  private static final Pattern BLOCK = Pattern.compile("(?m)^```java\\R(.*?)^```$", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)[^)]*\\)");
  private static final Pattern TEXT_LINE = Pattern.compile("<text[^>]*>([^<]*)</text>");
  private static final String OMISSION = "\u2026";
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\R?");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(public |final |sealed )*(class|record|interface|enum) ");

  private static final String IMPLIED =
      """
      import dev.loupe.engine.*;
      import dev.loupe.langchain4j.*;
      import dev.loupe.server.*;
      import dev.loupe.tensor.numerics.*;
      import dev.loupe.weights.*;
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

  /** All pages: those beside README.md, then those in docs. */
  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (Path folder : List.of(ROOT, ROOT.resolve("docs"))) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.md")) {
        found.forEach(pages::add);
      }
    }
    Collections.sort(pages);
    return pages;
  }

  private static List<String> blocks(Path page) throws IOException {
    return BLOCK.matcher(Files.readString(page)).results().map(found -> found.group(1)).toList();
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
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages()) {
      if (page.endsWith("spark.md")) {
        continue; // SparkPageTest compiles it: there is no Spark here.
      }
      for (String block : blocks(page)) {
        tests.add(
            DynamicTest.dynamicTest(
                page.getFileName() + ": " + block.lines().findFirst().orElse(""),
                () -> assertThat(complaints(source(block))).isEmpty()));
      }
    }
    assertThat(blocks(ROOT.resolve("README.md"))).isNotEmpty();
    assertThat(blocks(ROOT.resolve("docs/embedding.md"))).isNotEmpty();
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> everyLinkToAFileLeadsToOne() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        if (!link.group(1).contains("://")) {
          tests.add(
              DynamicTest.dynamicTest(
                  page.getFileName() + ": " + link.group(1),
                  () -> assertThat(page.resolveSibling(link.group(1))).exists()));
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  @Test
  void theReadmeIsShort() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve("README.md")))
        .hasSizeLessThanOrEqualTo(120)
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
  }

  @Test
  void thePictureOfADiagnosisShowsWhatTheCommandPrints() throws IOException {
    List<String> shown =
        TEXT_LINE
            .matcher(Files.readString(PICTURE))
            .results()
            .map(found -> found.group(1))
            .map(text -> text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
            .toList();
    assertThat(shown.getFirst())
        .isEqualTo("$ java -jar cli/target/loupe.jar diagnose samples/triangles.png");

    CommandLineRun run = CommandLineRun.of("diagnose", ROOT.resolve("samples/triangles.png"));

    List<String> lines = shown.stream().skip(1).filter(line -> !line.equals(OMISSION)).toList();
    assertThat(run.lines()).containsSubsequence(lines);
  }

  @Test
  void aBlockThatUsesWhatIsNotThereFails() {
    assertThat(complaints(source("model.captoin(picture);\n"))).contains("captoin");
    assertThat(complaints(source("import java.time.Duration;\nDuration d = model.loadTime();\n")))
        .isEmpty();
    assertThat(complaints(source("public class Mine {\n  Qwen2Vl model;\n}\n"))).isEmpty();
  }
}
