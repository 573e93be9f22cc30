package dev.paca.bench;

import dev.paca.bench.jmh.JmhCommand;
import dev.paca.bench.part.DeviceCommand;
import dev.paca.bench.quality.QualityCommand;
import dev.paca.bench.report.ReportCommand;
import dev.paca.bench.serve.ServeCommand;
import dev.paca.bench.speed.SpeedCommand;
import dev.paca.kv.PacaException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks: {@code java -jar bench.jar COMMAND}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures Paca.",
        subcommands = {
            SpeedCommand.class,
            QualityCommand.class,
            ServeCommand.class,
            JmhCommand.class,
            DeviceCommand.class,
            ReportCommand.class
        })
public final class Bench {
    private Bench() {}

    /** Exits with 0, with 1 where a measurement failed, with 2 where the command line is wrong. */
    public static void main(String[] args) {
        System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /**
     * Runs a command.
     *
     * @return what the program exits with
     */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new Bench()).setOut(out).setErr(err);
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (!(e instanceof PacaException)) {
                throw e;
            }
            command.getErr().println(e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
        line.setParameterExceptionHandler((e, given) -> {
            CommandLine command = e.getCommandLine();
            PrintWriter to = command.getErr();
            to.println(e.getMessage() + (e.getMessage().endsWith(".") ? " " : ". ") + "'"
                    + command.getCommandSpec().qualifiedName() + " --help' says what it takes.");
            CommandLine.UnmatchedArgumentException.printSuggestions(e, to);
            return CommandLine.ExitCode.USAGE;
        });
        return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    }
}
