package dev.loupe.cli.command;

import picocli.CommandLine.Command;

/**
 * How the help of every command looks. Picocli reads the annotations of superclasses first. It
 * prints the headings of exit codes and footers also where there are none, so these stand with
 * their texts.
 */
@Command(
    sortOptions = false,
    usageHelpWidth = 100,
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    parameterListHeading = "%nPictures:%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n")
public abstract class HelpLayout {}
