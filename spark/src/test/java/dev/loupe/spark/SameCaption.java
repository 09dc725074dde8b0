package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** Compares a row of Spark with a row of the command line. */
final class SameCaption {

  private static final List<String> FIELDS =
      List.of(
          "text",
          "finish_reason",
          "prompt",
          "prompt_tokens",
          "image_tokens",
          "width",
          "height",
          "resized_width",
          "resized_height",
          "error");

  private SameCaption() {}

  static void check(Row caption, Map<String, Object> row) {
    for (String field : FIELDS) {
      assertThat(caption.<Object>getAs(field))
          .as(field + " of " + row.get("image"))
          .isEqualTo(row.get(field));
    }
    assertThat(caption.getList(caption.fieldIndex("tokens"))).isEqualTo(row.get("tokens"));
    Map<?, ?> receipt = (Map<?, ?>) row.get("receipt");
    assertThat(caption.<String>getAs("settings")).isEqualTo(receipt.get("settings"));
    assertThat(caption.<String>getAs("hash")).isEqualTo(receipt.get("hash"));
  }
}
