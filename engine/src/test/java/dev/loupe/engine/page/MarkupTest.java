package dev.loupe.engine.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MarkupTest {

  @Test
  void aTextCannotBecomeAnElementOrEndOne() {
    String written =
        new Markup().element("td", "</td><script>alert('&amp;')</script>\"").toString();

    assertThat(written)
        .isEqualTo(
            "<td>&lt;/td&gt;&lt;script&gt;alert(&#39;&amp;amp;&#39;)&lt;/script&gt;&quot;</td>");
  }

  @Test
  void aValueCannotEndItsAttribute() {
    String written = new Markup().leaf("rect", "class", "\" onload='a()' x=\"").toString();

    assertThat(written).isEqualTo("<rect class=\"&quot; onload=&#39;a()&#39; x=&quot;\"/>\n");
  }

  @Test
  void hiddenCharactersBecomeVisibleAndLineBreaksStay() {
    assertThat(new Markup().text("a\u001b[2J\u202eb\u0000\nc").toString())
        .isEqualTo("a\\u001b[2J\\u202eb\\u0000\nc");
  }

  @Test
  void aNumberKeepsItsExactValueBesideWhatIsShown() {
    Markup out = new Markup();
    out.number(3362L).number(0.13697123527526855, "0.137").sentence(" of %s", 2);

    assertThat(out.toString())
        .isEqualTo(
            "<data value=\"3362\">3,362</data>"
                + "<data value=\"0.13697123527526855\">0.137</data>"
                + " of <data value=\"2\">2</data>");
  }

  @Test
  void coordinatesAreRoundedAndTheNumberOfAMarkIsNot() {
    String written = new Markup().leaf("rect", "x", 1.23456, "data-value", 1.23456).toString();

    assertThat(written).isEqualTo("<rect x=\"1.23\" data-value=\"1.23456\"/>\n");
  }

  @Test
  void whatIsNotFiniteIsAWordAndNoNumberOfAMark() {
    Markup out = new Markup();
    out.number(Float.NEGATIVE_INFINITY)
        .number(Double.NaN, "any")
        .leaf("br", "data-value", Float.NaN);

    assertThat(out.toString()).isEqualTo("-Infinityany<br/>\n");
  }
}
