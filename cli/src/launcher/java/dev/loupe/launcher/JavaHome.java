package dev.loupe.launcher;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;

/**
 * An installed Java, as its file {@code release} describes it.
 *
 * @param path the folder with {@code bin/java}
 * @param version the text of {@code JAVA_VERSION}, such as {@code 25.0.3}
 * @param vendor who built it, if the file says so
 * @param vector whether the Vector module is part of it
 */
record JavaHome(Path path, String version, Optional<String> vendor, boolean vector) {

  /** The oldest version that runs Loupe, which is also the one it is tested with. */
  static final int REQUIRED = 25;

  static final String VECTOR_MODULE = "jdk.incubator.vector";

  /**
   * The first update of {@value #REQUIRED} in which the collector G1 does not move an array that
   * native code holds, as the JDK's readers of pictures do (JDK-8377811).
   */
  private static final int SOUND_UPDATE = 3;

  /** Reads the Java in {@code folder}; empty where there is none, or none that says its version. */
  static Optional<JavaHome> read(Path folder) {
    Path release = folder.resolve("release");
    if (!Files.isRegularFile(release) || executable(folder).isEmpty()) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(release, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
    String version = unquoted(properties.getProperty("JAVA_VERSION", ""));
    if (feature(version) == 0) {
      return Optional.empty();
    }
    // A build that does not list its modules is given the benefit of the doubt: java names a
    // missing module itself.
    String modules = unquoted(properties.getProperty("MODULES", VECTOR_MODULE));
    return Optional.of(
        new JavaHome(
            folder,
            version,
            Optional.ofNullable(properties.getProperty("IMPLEMENTOR")).map(JavaHome::unquoted),
            Arrays.asList(modules.split(" ")).contains(VECTOR_MODULE)));
  }

  /** The program that starts this Java. */
  Path java() {
    return executable(path).orElseThrow();
  }

  /** 25 for {@code 25.0.3} and {@code 25-ea}, 8 for {@code 1.8.0_442}. */
  int feature() {
    return feature(version);
  }

  boolean usable() {
    return feature() >= REQUIRED && vector;
  }

  /** Whether it has no known fault that can damage data; only for one that is {@link #usable}. */
  boolean sound() {
    return isSound(version);
  }

  /** The same for a version, such as {@code 25.0.3}. */
  static boolean isSound(String version) {
    if (feature(version) != REQUIRED) {
      return true;
    }
    String[] numbers = version.split("[^0-9.]", 2)[0].split("\\.");
    return numbers.length > 2 && Integer.parseInt(numbers[2]) >= SOUND_UPDATE;
  }

  /** Why Loupe cannot run on it. */
  String objection() {
    if (feature() < REQUIRED) {
      return "Java " + version + ", too old";
    }
    return vector ? "usable" : "Java " + version + " without the module " + VECTOR_MODULE;
  }

  private static Optional<Path> executable(Path folder) {
    for (String name : new String[] {"java", "java.exe"}) {
      Path file = folder.resolve("bin").resolve(name);
      if (Files.isExecutable(file) && !Files.isDirectory(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static int feature(String version) {
    String[] numbers = version.split("\\D+");
    String first = numbers.length > 1 && numbers[0].equals("1") ? numbers[1] : version;
    String digits = first.split("\\D", 2)[0];
    return digits.isEmpty() || digits.length() > 4 ? 0 : Integer.parseInt(digits);
  }

  private static String unquoted(String text) {
    return text.replace("\"", "").trim();
  }
}
