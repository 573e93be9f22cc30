package dev.paca.chat.talk;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be typed after a slash. */
enum Command {
    HELP("", "what can be typed", "?"),
    CLEAR("", "forget what was said"),
    REGEN("", "answer the last question once more"),
    SYSTEM("[TEXT]", "set the system message, or take it away"),
    SET("[NAME VALUE]", "change a parameter of sampling, or show them all"),
    SHOW("[WHAT]", "show info, parameters, system, template or messages"),
    STATS("", "what this conversation and its cache come to"),
    CONTEXT("", "how full the context is"),
    READ("FILE", "put a text file before the next question"),
    SAVE("FILE", "write the conversation and its KV cache to a file"),
    LOAD("FILE", "go on with a conversation from a file"),
    EXIT("", "end", "quit", "bye");

    private final String takes;
    private final String help;
    private final List<String> aliases;

    Command(String takes, String help, String... aliases) {
        this.takes = takes;
        this.help = help;
        this.aliases = List.of(aliases);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String help() {
        return help;
    }

    /** What can be its first word; empty if that is anything. */
    List<String> choices() {
        return switch (this) {
            case SET -> Parameter.ALL.stream().map(Parameter::name).toList();
            case SHOW -> List.of("info", "parameters", "system", "template", "messages");
            default -> List.of();
        };
    }

    /** The command of that name or alias, or null. */
    static @Nullable Command of(String name) {
        return Arrays.stream(values())
                .filter(each -> each.label().equals(name) || each.aliases.contains(name))
                .findFirst()
                .orElse(null);
    }

    /** All of them, a line each. */
    static String overview() {
        return Arrays.stream(values())
                .map(each ->
                        String.format("  %-20s %s%s", "/" + each.label() + " " + each.takes, each.help, each.also()))
                .collect(Collectors.joining("\n"));
    }

    private String also() {
        return aliases.isEmpty() ? "" : " (also /" + String.join(", /", aliases) + ")";
    }
}
