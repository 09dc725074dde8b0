package dev.loupe.cli.command;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Handles Ctrl-C: the first one asks the work to finish, the second one ends this JVM immediately.
 *
 * <p>Uses reflection, because javac warns about {@code sun.misc.Signal} and no annotation can
 * suppress that. Without that class, Ctrl-C ends the JVM as usual.
 */
public final class InterruptHandler implements AutoCloseable {

  /**
   * A launcher without a console passes the signal on after one second, although this JVM may have
   * received it from the terminal. So a signal that comes about one second later counts as the
   * same.
   */
  private static final long COPY_AFTER = Duration.ofMillis(900).toNanos();

  private static final long COPY_BEFORE = Duration.ofMillis(2000).toNanos();

  private final Runnable first;
  private final Runnable second;
  private final boolean launched;
  private final LongSupplier clock;
  private long firstSignal;
  private boolean copied;
  private Optional<Object> previous = Optional.empty();

  InterruptHandler(Runnable first, Runnable second, boolean launched, LongSupplier clock) {
    this.first = first;
    this.second = second;
    this.launched = launched;
    this.clock = clock;
  }

  /**
   * Handles signals until closed.
   *
   * @param first action of the first Ctrl-C, on another thread
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

  /** A signal arrived. */
  synchronized void onSignal() {
    long now = clock.getAsLong();
    if (firstSignal == 0) {
      firstSignal = now;
      first.run();
    } else if (launched
        && !copied
        && now - firstSignal > COPY_AFTER
        && now - firstSignal < COPY_BEFORE) {
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
                onSignal();
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

  /** Restores the previous handling of Ctrl-C. */
  @Override
  public void close() {
    try {
      if (previous.isPresent()) {
        handle(previous.get());
      }
    } catch (ReflectiveOperationException e) {
      return; // It worked in install, and the command ends now.
    }
  }
}
