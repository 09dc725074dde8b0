package dev.loupe.spark;

import dev.loupe.engine.Caption;
import dev.loupe.engine.Generation;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The struct that a picture gets. The names are those of {@code caption --format jsonl}. Fields may
 * be added; none is removed.
 */
final class CaptionRow {

  /** Text, end, tokens, sizes, error and hashes. */
  static final StructType TYPE =
      new StructType()
          .add("text", DataTypes.StringType)
          .add("finish_reason", DataTypes.StringType, false)
          .add("tokens", DataTypes.createArrayType(DataTypes.IntegerType, false))
          .add("prompt_tokens", DataTypes.IntegerType)
          .add("image_tokens", DataTypes.IntegerType)
          .add("width", DataTypes.IntegerType)
          .add("height", DataTypes.IntegerType)
          .add("resized_width", DataTypes.IntegerType)
          .add("resized_height", DataTypes.IntegerType)
          .add("prompt", DataTypes.StringType, false)
          .add("error", DataTypes.StringType)
          .add("settings", DataTypes.StringType, false)
          .add("hash", DataTypes.StringType);

  private static final String ERROR = "error";

  private CaptionRow() {}

  /**
   * The struct of a picture that was captioned.
   *
   * @param answer with its receipt
   * @param width of the picture itself, upright, in pixels
   * @param height of the picture itself, upright, in pixels
   * @param settings {@link dev.loupe.engine.Receipt#settings}
   */
  static Row captioned(Generation answer, int width, int height, String prompt, String settings) {
    Caption seen = Caption.of(answer);
    return RowFactory.create(
        answer.text(),
        answer.finishReason().toString(),
        answer.tokens().toArray(new Integer[0]),
        answer.promptTokens(),
        seen.imageTokens(),
        width,
        height,
        seen.resizedWidth(),
        seen.resizedHeight(),
        prompt,
        null,
        settings,
        answer.receipt().orElseThrow().hash());
  }

  /** The struct of a picture that failed. */
  static Row failed(Throwable reason, String prompt, String settings) {
    return RowFactory.create(
        null,
        ERROR,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        prompt,
        text(reason),
        settings,
        null);
  }

  private static String text(Throwable reason) {
    return Optional.ofNullable(reason.getMessage()).orElse(reason.toString());
  }
}
