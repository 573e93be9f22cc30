package dev.paca.chat.command;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Help with the flags under headings: each set of flags under its own name. */
final class HelpText {
    private static final int WIDTH = 100;

    private HelpText() {}

    static void apply(CommandLine line) {
        line.setUsageHelpWidth(WIDTH);
        line.setUsageHelpLongOptionsMaxWidth(36);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpText::options);
    }

    private static String options(Help help) {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, CommandSpec> group : help.commandSpec().mixins().entrySet()) {
            List<OptionSpec> options = group.getValue().options().stream()
                    .filter(option -> !option.hidden())
                    .toList();
            if (!options.isEmpty()) {
                Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
                layout.addAllOptions(options, help.createDefaultParamLabelRenderer());
                text.append(System.lineSeparator())
                        .append(group.getKey())
                        .append(System.lineSeparator())
                        .append(layout);
            }
        }
        return text.toString();
    }
}
