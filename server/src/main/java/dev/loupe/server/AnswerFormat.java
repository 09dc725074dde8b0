package dev.loupe.server;

import dev.loupe.engine.Generation;
import java.util.Map;

/** How a protocol writes the answer to one request: in one piece, or as a stream of frames. */
interface AnswerFormat {

  /** The whole answer. */
  Map<String, Object> whole(Generation generation);

  /** The content type of the stream. */
  String streamType();

  /** What a stream begins with; may be empty. */
  String first();

  /** More text. */
  String piece(String text);

  /** What a stream ends with. */
  String last(Generation generation);

  /** What a stream ends with if the answer fails on the way. */
  String failure(ApiError error);
}
