import dev.loupe.engine.Qwen2Vl;
import java.nio.file.Path;

public class Caption {
  public static void main(String[] pictures) throws Exception {
    try (var model = Qwen2Vl.loadBuiltIn()) {
      for (String picture : pictures) {
        System.out.println(model.caption(Path.of(picture)).text());
      }
    }
  }
}
