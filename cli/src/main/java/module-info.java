/**
 * The command line of Loupe, which is no library: it exports nothing. Picocli fills its commands.
 */
open module dev.loupe.cli {
  requires dev.loupe.engine;
  requires dev.loupe.server;
  requires dev.loupe.io;
  requires info.picocli;
  requires java.logging;
  requires me.tongfei.progressbar;
  requires org.jline.reader;
  requires org.jline.terminal;
}
