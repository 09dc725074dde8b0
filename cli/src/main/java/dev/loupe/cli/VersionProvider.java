package dev.loupe.cli;

import picocli.CommandLine.IVersionProvider;

/**
 * The version, and below it what a bug report needs: the Java that runs it, and whether it has the
 * Vector module.
 */
final class VersionProvider implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "loupe " + version(),
      "Java %s (%s), %s %s, %s"
          .formatted(
              System.getProperty("java.version"),
              System.getProperty("java.vendor"),
              System.getProperty("os.name"),
              System.getProperty("os.arch"),
              ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                  ? "with the Vector API"
                  : "without the Vector API")
    };
  }

  /** Stands in the manifest of the jar; classes run from a folder have none. */
  private static String version() {
    String version = VersionProvider.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
