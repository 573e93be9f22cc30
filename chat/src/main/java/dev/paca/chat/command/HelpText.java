package dev.paca.chat.command;

import java.util.LinkedHashMap;
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
        Map<String, CommandSpec> sets = new LinkedHashMap<>(help.commandSpec().mixins());
        // What all commands have comes last.
        for (String common : List.of("Display", "mixinStandardHelpOptions")) {
            CommandSpec set = sets.remove(common);
            if (set != null) {
                sets.put(common.equals("Display") ? common : "Help", set);
            }
        }
        sets.put("Other", own(help.commandSpec(), sets));
        StringBuilder text = new StringBuilder();
        sets.forEach((heading, set) -> text.append(section(help, heading, set)));
        return text.toString();
    }

    /** The command's own flags, which are in no set. */
    private static CommandSpec own(CommandSpec command, Map<String, CommandSpec> sets) {
        CommandSpec own = CommandSpec.create();
        command.options().stream()
                .filter(option ->
                        sets.values().stream().noneMatch(set -> set.optionsMap().containsKey(option.longestName())))
                .forEach(own::addOption);
        return own;
    }

    private static String section(Help help, String heading, CommandSpec set) {
        List<OptionSpec> options =
                set.options().stream().filter(option -> !option.hidden()).toList();
        if (options.isEmpty()) {
            return "";
        }
        Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
        layout.addAllOptions(options, help.createDefaultParamLabelRenderer());
        return System.lineSeparator() + heading + System.lineSeparator() + layout;
    }
}
