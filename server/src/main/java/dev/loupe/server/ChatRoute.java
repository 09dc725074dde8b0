package dev.loupe.server;

import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.io.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Answers a conversation, in one piece or as a stream. The status of a stream is sent with its
 * first text, so an error before that has a status of its own.
 *
 * @param model name of the model
 * @param limits of a request
 * @param requestLimit limit on the number of requests
 * @param queue of the model
 * @param reader of the protocol's requests
 * @param format of the protocol's answers, for a model and a request
 */
record ChatRoute(
    String model,
    Limits limits,
    RequestLimit requestLimit,
    GenerationQueue queue,
    Function<JsonObject, ChatRequest> reader,
    BiFunction<String, ChatRequest, AnswerFormat> format)
    implements Route {

  /** Ollama writes the variant after a colon. */
  private static final String LATEST = ":latest";

  @Override
  public void handle(Exchange exchange) throws IOException, InterruptedException {
    try (var _ = requestLimit.enter()) {
      Begun begun = begin(exchange.body(limits.bodyBytes()));
      try {
        AnswerEvents events =
            new AnswerEvents(begun.answer(), exchange.probe(), limits.answerTime());
        if (begun.stream()) {
          stream(exchange, events, begun.format());
        } else {
          whole(exchange, events, begun.format());
        }
      } finally {
        queue.cancel(begun.answer());
      }
    }
  }

  /** An answer that is on its way. The request, which can be large, is the queue's alone. */
  private record Begun(Answer answer, AnswerFormat format, boolean stream) {}

  private Begun begin(byte[] body) {
    ChatRequest request = read(body);
    return new Begun(queue.submit(request), format.apply(model, request), request.stream());
  }

  private ChatRequest read(byte[] body) {
    if (!isUtf8(body)) {
      throw ApiError.encoding();
    }
    try {
      JsonObject fields = Json.read(body, limits.bodyBytes()); // A picture is one string.
      requireModel(fields.text("model"));
      return reader.apply(fields);
    } catch (JsonException e) {
      throw ApiError.json(e);
    }
  }

  /** The parser would accept longer forms of a character and halves of surrogate pairs. */
  private static boolean isUtf8(byte[] body) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer left = ByteBuffer.wrap(body);
    CharBuffer dropped = CharBuffer.allocate(1 << 13);
    CoderResult result;
    do {
      result = decoder.decode(left, dropped.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }

  /** Refuses a request for a model that is not loaded. */
  private void requireModel(Optional<String> asked) {
    asked
        .filter(name -> !name.equals(model) && !name.equals(model + LATEST))
        .ifPresent(name -> {
          throw ApiError.model(name, model);
        });
  }

  private void whole(Exchange exchange, AnswerEvents events, AnswerFormat format)
      throws IOException, InterruptedException {
    while (true) {
      switch (events.next()) {
        case Answer.Event.Text _ -> {}
        case Answer.Event.Complete(var generation) -> {
          exchange.json(200, format.whole(generation));
          return;
        }
        case Answer.Event.Failed(var error) -> throw error;
      }
    }
  }

  private void stream(Exchange exchange, AnswerEvents events, AnswerFormat format)
      throws IOException, InterruptedException {
    Optional<Answer.Event> event = Optional.of(events.next());
    if (event.get() instanceof Answer.Event.Failed(var error)) {
      throw error;
    }
    exchange.startStream(format.streamType());
    exchange.sendPiece(format.first());
    while (event.isPresent()) {
      exchange.sendPiece(
          switch (event.get()) {
            case Answer.Event.Text(var text) -> format.piece(text);
            case Answer.Event.Complete(var generation) -> format.last(generation);
            case Answer.Event.Failed(var error) -> format.failure(error);
          });
      boolean more = event.get() instanceof Answer.Event.Text;
      event = more ? Optional.of(nextOrFailure(events)) : Optional.empty();
    }
  }

  /** The status is sent already, so a failure becomes a part of the stream. */
  private static Answer.Event nextOrFailure(AnswerEvents events)
      throws IOException, InterruptedException {
    try {
      return events.next();
    } catch (ApiError e) {
      return new Answer.Event.Failed(e);
    }
  }
}
