package dev.paca.bench.report;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws results. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Results of the other commands as one page: charts, tables, and where each number comes from.")
public final class ReportCommand implements Callable<Integer> {
    private static final List<String> FORMS = List.of(".html", ".md", ".svg", ".jsonl");

    @Parameters(
            arity = "1..*",
            paramLabel = "RESULTS",
            description = "Files of results, .jsonl. What was measured again replaces what was measured before.")
    private List<Path> files = List.of();

    @Option(
            names = {"-o", "--output"},
            split = ",",
            paramLabel = "FILE",
            defaultValue = "report.html",
            description =
                    "What to write: .html, one page that needs nothing else; .md, the tables; or .jsonl, the results"
                            + " in short, of which a report shows the same (default ${DEFAULT-VALUE}).")
    private List<Path> outputs = List.of();

    @Option(
            names = "--kv-policy",
            split = ",",
            paramLabel = "NAME",
            description = "Answers of these policies only (default all).")
    private List<String> policies = List.of();

    @Option(
            names = "--title",
            defaultValue = "Paca, measured",
            description = "What the report is called (default ${DEFAULT-VALUE}).")
    private String title = "";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Consumer<String> notice = Objects.requireNonNull(spec).commandLine().getErr()::println;
        for (Path output : outputs) {
            String name = output.getFileName().toString();
            if (FORMS.stream().noneMatch(name::endsWith)) {
                throw new PacaException("A report cannot be written as '" + output + "', expected a file with "
                        + String.join(", ", FORMS) + ".");
            }
            if (files.stream().anyMatch(file -> isSame(file, output))) {
                throw new PacaException(output + " is a file of results that is to be read, and would be lost."
                        + " Choose another file with -o.");
            }
        }
        Facts facts = Facts.read(files, notice);
        facts = policies.isEmpty() ? facts : facts.only(policies);
        Report report = Report.of(title, facts);
        if (report.sections().isEmpty()) {
            throw new PacaException("There is nothing to report: " + files
                    + " hold no results of quality, speed, serve, jmh or device. Add -o FILE.jsonl to one of these.");
        }
        for (Path output : outputs) {
            write(output, text(output.toString(), report, facts));
        }
        return 0;
    }

    private static boolean isSame(Path file, Path output) {
        return file.toAbsolutePath().normalize().equals(output.toAbsolutePath().normalize());
    }

    private static String text(String output, Report report, Facts facts) {
        if (output.endsWith(".jsonl")) {
            StringBuilder lines = new StringBuilder();
            Totals.of(facts).forEach(line -> lines.append(line).append('\n'));
            return lines.toString();
        }
        if (output.endsWith(".svg")) {
            return Picture.of(report);
        }
        return output.endsWith(".html") ? Html.page(report) : Markdown.page(report);
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be written (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "). Choose another file with -o.",
                    e);
        }
    }
}
