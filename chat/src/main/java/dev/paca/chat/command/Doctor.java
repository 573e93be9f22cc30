package dev.paca.chat.command;

import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Command;

/** Tells what Paca runs on, and the one next step that would make it better. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Tell what Paca runs on, and the one next step that would make it better.")
public final class Doctor extends PacaCommand {
    Doctor(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        List<Finding> findings = new ArrayList<>();
        findings.add(Machine.java());
        findings.add(Machine.kernels());
        findings.add(Machine.processors());
        findings.add(Machine.memory());
        findings.add(Accelerators.tornado(System.getenv()));
        findings.add(Accelerators.drivers());
        findings.add(Accelerators.devices());
        StringBuilder text = new StringBuilder();
        for (Finding finding : findings) {
            text.append(String.format("%-12s%s%n", finding.subject(), finding.text()));
        }
        String step = findings.stream()
                .flatMap(finding -> finding.step().stream())
                .findFirst()
                .orElse("none: everything that is needed is here.");
        text.append(String.format("%n%-12s%s%n", "next step", step));
        console.answer(text.toString());
        return ExitCode.OK;
    }
}
