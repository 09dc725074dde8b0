package dev.loupe.engine.compare;

/** What explains the difference of a stage. */
public enum Judgement {
  /** Every number is equal. NaN equals NaN, and 0 equals -0. */
  SAME("same", true),
  /** One element, by one unit in the last place. */
  ONE_ROUNDING("one rounding", true),
  /** As two orders of additions differ, from equal inputs. */
  ORDER_OF_ADDITIONS("order of additions", true),
  /** From equal inputs, as fused attention rounds in places of its own. Only where one is sdpa. */
  FUSED_ATTENTION("rounding of sdpa", true),
  /** One is of a finer type; the difference is one of rounding to the coarser. */
  TYPES("rounding of types", true),
  /** From inputs that differ by rounding already, no more than rounding is known to grow. */
  CARRIED("carried on", true),
  /** Token ids differ. */
  PROMPT("other prompt", false),
  /** Pictures or their sizes differ. */
  PICTURE("other picture", false),
  /** Positions differ, although the prompt is the same. */
  POSITIONS("other positions", false),
  /** One has more rows than the other. */
  SHAPE("other shape", false),
  /** A number is infinite in one and finite in the other. */
  OVERFLOW("overflow", false),
  /** A number is NaN in one and not in the other. */
  NAN("NaN", false),
  /** Small, but more than an order of additions does from equal inputs. */
  ROUNDED_ELSEWHERE("rounded elsewhere", false),
  /** None of the above. */
  OTHER("something else", false),
  /** Only one of the two has the stage. */
  MISSING("missing", false),
  /** Comes after a difference beyond rounding, and is not judged. */
  FOLLOWS("follows", false);

  private final String text;
  private final boolean withinRounding;

  Judgement(String text, boolean withinRounding) {
    this.text = text;
    this.withinRounding = withinRounding;
  }

  /** Whether two right implementations may differ so. */
  public boolean withinRounding() {
    return withinRounding;
  }

  /** In a few words. */
  @Override
  public String toString() {
    return text;
  }
}
