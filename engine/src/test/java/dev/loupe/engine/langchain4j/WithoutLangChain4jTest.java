package dev.loupe.engine.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A program without LangChain4j, which is most of them: a class loader that does not find it. */
class WithoutLangChain4jTest {
  private static final Pattern LANGCHAIN4J =
      Pattern.compile(".*(langchain4j|slf4j|jspecify|com.fasterxml.jackson).*[.]jar");

  private static URLClassLoader withoutIt() throws MalformedURLException {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!LANGCHAIN4J.matcher(entry).matches()) {
        path.add(Path.of(entry).toUri().toURL());
      }
    }
    return new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  @Test
  void everythingElseWorks() throws Exception {
    try (URLClassLoader loader = withoutIt()) {
      Class<?> qwen = loader.loadClass("dev.loupe.engine.Qwen2Vl");
      Path picture = Path.of("src/test/resources/pictures/scenes/scene-001.png");
      try (AutoCloseable model = (AutoCloseable) qwen.getMethod("loadBuiltIn").invoke(null)) {
        Object caption = qwen.getMethod("caption", Path.class).invoke(model, picture);
        assertThat(caption.getClass().getMethod("text").invoke(caption))
            .asString()
            .startsWith("A small blue triangle");
      }
    }
  }

  @Test
  void onlyTheChatModelsMissIt() throws Exception {
    try (URLClassLoader loader = withoutIt()) {
      assertThatThrownBy(
              () -> Class.forName("dev.loupe.engine.langchain4j.LoupeChatModel", true, loader))
          .isInstanceOf(NoClassDefFoundError.class)
          .hasMessageContaining("dev/langchain4j/model/chat/ChatModel");
    }
  }
}
