package dev.loupe.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A folder that looks like an installed Java; its {@code bin/java} is a shell script. */
final class FakeJava {

  static final String MODULES = "java.base jdk.incubator.vector jdk.unsupported";

  private FakeJava() {}

  static Path create(Path home, String version) throws IOException {
    return create(home, version, MODULES, "exit 0");
  }

  static Path create(Path home, String version, String modules, String script) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
    Path java = Files.writeString(home.resolve("bin/java"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }
}
