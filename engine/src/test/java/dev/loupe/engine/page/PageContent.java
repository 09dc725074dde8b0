package dev.loupe.engine.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/**
 * What stands on a page, which is XML but for its first line.
 *
 * @param document the page
 */
public record PageContent(Document document) {
  private static final Pattern NUMBER =
      Pattern.compile("(?<![\\w.])-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?(?![\\w])");

  /** Reads a page. */
  public static PageContent of(String page) throws Exception {
    String xml = page.replaceFirst("<!doctype html>\n", "");
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    return new PageContent(
        factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml))));
  }

  /** All elements of a name; {@code *} for all. */
  public List<Element> elements(String name) {
    NodeList all = document.getElementsByTagName(name);
    return IntStream.range(0, all.getLength()).mapToObj(i -> (Element) all.item(i)).toList();
  }

  /** The text of the first element of a name. */
  public String text(String name) {
    return elements(name).getFirst().getTextContent();
  }

  /** The numbers that are marked on the page all stand in a JSON text; how many there are. */
  public int numbersAreThoseOf(String json) {
    Set<Double> known =
        NUMBER
            .matcher(json)
            .results()
            .map(found -> Double.valueOf(found.group()))
            .collect(Collectors.toSet());
    int numbers = 0;
    for (Element e : elements("*")) {
      for (String attribute : List.of("value", "data-value")) {
        if (e.hasAttribute(attribute)) {
          assertThat(known)
              .as(e.getTextContent())
              .contains(Double.valueOf(e.getAttribute(attribute)));
          numbers++;
        }
      }
    }
    return numbers;
  }

  /** The page needs no other file and holds none, and nothing on it runs. */
  public void loadsNothing() {
    loadsNothingBut(value -> false);
  }

  /** The page needs no other file, and nothing on it runs; pictures are part of it. */
  public void loadsNothingButItsOwnPictures() {
    loadsNothingBut(value -> value.startsWith("data:image/"));
  }

  private void loadsNothingBut(Predicate<String> allowed) {
    for (Element e : elements("*")) {
      assertThat(e.getTagName())
          .isNotIn("script", "link", "iframe", "object", "embed", "base", "form", "foreignObject");
      for (int i = 0; i < e.getAttributes().getLength(); i++) {
        String name = e.getAttributes().item(i).getNodeName();
        assertThat(name).doesNotStartWith("on");
        if (Set.of("href", "src", "srcset", "style", "xlink:href").contains(name)) {
          assertThat(e.getAttributes().item(i).getNodeValue()).matches(allowed, name);
        }
      }
    }
    assertThat(text("style")).doesNotContain("url(", "@import", "http");
  }
}
