package dev.loupe.spark;

import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.classic.UserDefinedFunctionUtils;
import org.apache.spark.sql.expressions.SparkUserDefinedFunction;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Adds the SQL function {@code loupe_caption(content [, prompt])}: {@code content} is the bytes of
 * a picture or its path, and the result the struct of {@link LoupeCaptioner}. Spark finds this
 * class in every jar of {@code --jars}; nothing has to be configured.
 *
 * <p>Settings come from the session: {@code SET spark.loupe.model = /models/Qwen2-VL-2B-Instruct}.
 * They have the names of the captioner's params, and hold for the queries after them.
 */
public final class LoupeExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit>
    implements SparkSessionExtensionsProvider {

  private static final String NAME = "loupe_caption";
  private static final String USAGE =
      "_FUNC_(content [, prompt]) - The caption of a picture, from its bytes or its path: a struct"
          + " with text, finish_reason, tokens, sizes, error, settings and hash.";

  /** Spark makes one for each session. */
  public LoupeExtensions() {}

  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectFunction(
        new Tuple3<>(
            new FunctionIdentifier(NAME),
            new ExpressionInfo(
                CaptionFunction.class.getName(),
                "",
                NAME,
                USAGE,
                "",
                "",
                "",
                "",
                "",
                "",
                "java_udf"),
            new AbstractFunction1<Seq<Expression>, Expression>() {
              @Override
              public Expression apply(Seq<Expression> arguments) {
                return call(arguments);
              }
            }));
    return BoxedUnit.UNIT;
  }

  private static Expression call(Seq<Expression> arguments) {
    SparkSession session = SparkSession.active();
    CaptionSettings settings =
        CaptionSettings.of(CollectionConverters.asJava(session.conf().getAll()));
    SparkContext context = session.sparkContext();
    CaptionFunction function = new CaptionFunction(settings, CaptionMetrics.of(context));
    UserDefinedFunction udf =
        switch (arguments.size()) {
          case 1 -> functions.udf((UDF1<Object, ?>) function, CaptionRow.TYPE);
          case 2 -> functions.udf((UDF2<Object, String, ?>) function, CaptionRow.TYPE);
          default ->
              throw new IllegalArgumentException(
                  "%s: expected content, or content and prompt, found %d arguments"
                      .formatted(NAME, arguments.size()));
        };
    return UserDefinedFunctionUtils.toScalaUDF(
        (SparkUserDefinedFunction) udf.withName(NAME), arguments);
  }
}
