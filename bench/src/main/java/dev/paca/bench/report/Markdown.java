package dev.paca.bench.report;

import java.util.List;
import java.util.stream.Collectors;

/** A report's tables for a README. */
final class Markdown {
    private Markdown() {}

    static String page(Report report) {
        StringBuilder out = new StringBuilder("# " + report.title() + "\n");
        for (Section section : report.sections()) {
            out.append("\n## ")
                    .append(section.title())
                    .append("\n\n")
                    .append(section.introduction())
                    .append("\n\n");
            table(section.table(), out);
        }
        out.append("\n## How this was measured\n\n");
        report.sections().stream()
                .flatMap(section -> section.sources().stream())
                .distinct()
                .forEach(source -> out.append("- `")
                        .append(source.line())
                        .append("`: ")
                        .append(String.join(", ", source.machine(), source.jvm(), "commit " + source.commit()))
                        .append('\n'));
        return out.toString();
    }

    private static void table(Table table, StringBuilder out) {
        line(table.headings(), out);
        for (int i = 0; i < table.headings().size(); i++) {
            out.append(i < table.words() ? "|---" : "|---:");
        }
        out.append("|\n");
        table.rows().forEach(row -> line(row, out));
    }

    private static void line(List<String> cells, StringBuilder out) {
        out.append(cells.stream().map(c -> c.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |")))
                .append('\n');
    }
}
