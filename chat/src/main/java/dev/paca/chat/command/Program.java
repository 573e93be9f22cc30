package dev.paca.chat.command;

import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * From arguments to an exit code. The first argument may name a command; the default is to chat. Only that command's flags
 * are looked at, since describing them all would be a good part of the time until the first token.
 */
public final class Program {
    private final Map<String, Function<Function<ColourMode, Console>, PacaCommand>> commands = new LinkedHashMap<>();
    private final Function<ColourMode, Console> consoles;

    public Program(Function<ColourMode, Console> consoles) {
        this.consoles = consoles;
        commands.put("chat", Chat::new);
        commands.put("tokenize", Tokenize::new);
        commands.put("logits", Logits::new);
        commands.put("calibrate", Calibrate::new);
        commands.put("info", Info::new);
        commands.put("doctor", Doctor::new);
    }

    /** Runs it; what fails is told on standard error. */
    public int run(String[] args) {
        boolean named = args.length > 0 && commands.containsKey(args[0]);
        PacaCommand command = named ? commands.get(args[0]).apply(consoles) : new Chat(consoles);
        CommandLine line = new CommandLine(command);
        line.setPosixClusteredShortOptionsAllowed(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(Path.class, Program::path);
        line.setParameterExceptionHandler((e, words) -> usage(e));
        line.setExecutionExceptionHandler(
                (e, failed, parsed) -> Failures.tell(e, command.console(), command.verbose()));
        HelpText.apply(line);
        String[] rest = named ? Arrays.copyOfRange(args, 1, args.length) : args;
        try {
            return line.execute(rest);
        } catch (Error e) {
            return Failures.tell(e, command.console(), command.verbose());
        }
    }

    private static Path path(String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new TypeConversionException(
                    "'" + value + "' cannot be the name of a file here (" + e.getReason() + ")");
        }
    }

    private int usage(ParameterException e) {
        String message = e.getMessage();
        String hint = e instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getSuggestions().isEmpty()
                ? "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?"
                : "--help lists what there is.";
        consoles.apply(ColourMode.AUTO).fail(message.endsWith(".") ? message + " " + hint : message + "; " + hint);
        return ExitCode.USAGE;
    }
}
