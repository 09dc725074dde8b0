/** The command line of Loupe, which is no library: it exports nothing. */
module dev.loupe.cli {
  requires dev.loupe.engine;
  requires dev.loupe.server;
  requires dev.loupe.io;
  requires info.picocli;
  requires java.logging;
  requires me.tongfei.progressbar;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;

  opens dev.loupe.cli to
      info.picocli;
  opens dev.loupe.cli.bench to
      info.picocli;
  opens dev.loupe.cli.caption to
      info.picocli;
  opens dev.loupe.cli.chat to
      info.picocli;
  opens dev.loupe.cli.diagnose to
      info.picocli;
  opens dev.loupe.cli.inspect to
      info.picocli;
  opens dev.loupe.cli.options to
      info.picocli;
  opens dev.loupe.cli.serve to
      info.picocli;
  opens dev.loupe.cli.tokenize to
      info.picocli;
  opens dev.loupe.cli.trace to
      info.picocli;
}
