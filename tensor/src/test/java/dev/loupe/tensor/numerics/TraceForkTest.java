package dev.loupe.tensor.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A method that is new in {@link NumericsTrace} is tested here as well, without a new line. */
class TraceForkTest {

  private static Stream<Arguments> methods(Predicate<Method> which) {
    return Arrays.stream(NumericsTrace.class.getMethods())
        .filter(m -> !Modifier.isStatic(m.getModifiers()))
        .filter(which)
        .map(m -> argumentSet(m.toGenericString(), m));
  }

  private static boolean isQuestion(Method method) {
    return method.getName().startsWith("wants");
  }

  static Stream<Arguments> questions() {
    return methods(TraceForkTest::isQuestion);
  }

  static Stream<Arguments> events() {
    return methods(m -> !isQuestion(m));
  }

  /** An observer that says yes to some questions, and notes who is told what. */
  private static NumericsTrace observer(String name, Predicate<Method> yes, List<String> told) {
    return (NumericsTrace)
        Proxy.newProxyInstance(
            NumericsTrace.class.getClassLoader(),
            new Class<?>[] {NumericsTrace.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("equals")) {
                return proxy == arguments[0];
              }
              if (isQuestion(method)) {
                return answer(method, yes.test(method));
              }
              told.add(name + " " + method.getName());
              return null;
            });
  }

  private static Object answer(Method question, boolean yes) {
    return question.getReturnType() == boolean.class
        ? (Object) yes
        : Optional.of(ResultElement.at(0)).filter(_ -> yes);
  }

  private static Object call(NumericsTrace trace, Method method) throws Exception {
    Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(t -> t == int.class ? 0 : null).toArray();
    return method.invoke(trace, arguments);
  }

  @ParameterizedTest
  @MethodSource("questions")
  void whatOneObserverWantsAllOfThemWant(Method question) throws Exception {
    List<String> told = new ArrayList<>();
    NumericsTrace nobody = observer("nobody", _ -> false, told);
    NumericsTrace somebody = observer("somebody", question::equals, told);

    for (List<NumericsTrace> two : List.of(List.of(nobody, somebody), List.of(somebody, nobody))) {
      assertThat(call(NumericsTrace.all(two), question)).isEqualTo(answer(question, true));
    }
    assertThat(call(NumericsTrace.all(List.of(nobody, nobody)), question))
        .isEqualTo(answer(question, false));
  }

  @ParameterizedTest
  @MethodSource("events")
  void whoWantsEverythingIsToldEverything(Method event) throws Exception {
    List<String> told = new ArrayList<>();
    NumericsTrace all =
        NumericsTrace.all(
            List.of(observer("first", _ -> true, told), observer("second", _ -> true, told)));

    call(all, event);

    assertThat(told).containsExactly("first " + event.getName(), "second " + event.getName());
  }
}
