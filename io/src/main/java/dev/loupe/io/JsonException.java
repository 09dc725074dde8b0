package dev.loupe.io;

/**
 * A JSON text that is malformed, or a field of the wrong type or value. The message is {@code
 * messages[0].role: expected a string, found 7}. It is printable: what the text holds is escaped.
 */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String problem;

  JsonException(String field, String problem) {
    super(Printable.escape(field.isEmpty() ? problem : field + ": " + problem));
    this.field = Printable.escape(field);
    this.problem = Printable.escape(problem);
  }

  /** The field by its full name, such as {@code messages[0].role}; empty for the whole text. */
  public String field() {
    return field;
  }

  /** The message without the field. */
  public String problem() {
    return problem;
  }
}
