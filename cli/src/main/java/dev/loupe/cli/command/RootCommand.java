package dev.loupe.cli.command;

import dev.loupe.cli.terminal.StandardStreams;

/** {@code loupe} itself, as its commands see it. */
public interface RootCommand {
  /** Where commands read and write. */
  StandardStreams streams();
}
