package dev.loupe.langchain4j;

/** Why some of LangChain4j's contract tests are skipped here. */
final class Knowledge {

  static final String NEEDED =
      "asks what the built-in captioner does not know (Berlin, German, cats); what else it checks, LoupeChatModelTest and LoupeStreamingChatModelTest check on shapes";

  private Knowledge() {}
}
