package dev.loupe.cli.command;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Hears Ctrl-C: the first asks the work to come to an end, the second ends this JVM at once.
 *
 * <p>By reflection, because javac warns of {@code sun.misc.Signal} in a way that no annotation can
 * answer. Where there is none, Ctrl-C ends the JVM as ever.
 */
public final class InterruptHandler implements AutoCloseable {

  /**
   * A launcher without a console passes the signal on after a second, though this JVM may have had
   * it from the terminal: one that comes about then is taken for the same.
   */
  private static final long COPY_AFTER = Duration.ofMillis(900).toNanos();

  private static final long COPY_BEFORE = Duration.ofMillis(2000).toNanos();

  private final Runnable first;
  private final Runnable second;
  private final boolean launched;
  private final LongSupplier clock;
  private long heard;
  private boolean copied;
  private Optional<Object> previous = Optional.empty();

  InterruptHandler(Runnable first, Runnable second, boolean launched, LongSupplier clock) {
    this.first = first;
    this.second = second;
    this.launched = launched;
    this.clock = clock;
  }

  /**
   * Listens until closed.
   *
   * @param first what the first Ctrl-C does, on another thread
   * @param launched whether a launcher started this JVM
   */
  public static InterruptHandler listen(Runnable first, boolean launched) {
    InterruptHandler handler =
        new InterruptHandler(
            first,
            () -> Runtime.getRuntime().halt(ExitCodes.INTERRUPTED),
            launched,
            System::nanoTime);
    handler.install();
    return handler;
  }

  /** A signal came. */
  synchronized void hear() {
    long now = clock.getAsLong();
    if (heard == 0) {
      heard = now;
      first.run();
    } else if (launched && !copied && now - heard > COPY_AFTER && now - heard < COPY_BEFORE) {
      copied = true;
    } else {
      second.run();
    }
  }

  private void install() {
    try {
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                hear();
                return null;
              });
      previous = Optional.ofNullable(handle(proxy));
    } catch (ReflectiveOperationException e) {
      return; // No module jdk.unsupported, or -Xrs.
    }
  }

  private static Object handle(Object handler) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    return signal
        .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
        .invoke(null, signal.getConstructor(String.class).newInstance("INT"), handler);
  }

  /** From here on Ctrl-C does what it did before. */
  @Override
  public void close() {
    try {
      if (previous.isPresent()) {
        handle(previous.get());
      }
    } catch (ReflectiveOperationException e) {
      return; // It worked before; and the command ends now anyway.
    }
  }
}
