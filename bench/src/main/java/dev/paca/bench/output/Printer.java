package dev.paca.bench.output;

import dev.paca.model.json.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints results in a form, each as soon as it is there. */
final class Printer {
    private final Format format;
    private final PrintWriter out;
    private final List<String> columns = new ArrayList<>();
    private int rows;

    Printer(Format format, PrintWriter out) {
        this.format = format;
        this.out = out;
    }

    void begin(String title, List<Heading> headings) {
        if (format == Format.MD) {
            out.println(title);
            out.println();
            out.println(line(headings.stream().map(Heading::title).toList()));
            out.println("|"
                    + headings.stream().map(h -> h.number() ? "---:|" : "---|").collect(Collectors.joining()));
        } else if (format == Format.JSON) {
            out.print("[");
        }
        out.flush();
    }

    /** @param result the row's data, and where they come from */
    void row(Row row, Json.Obj result) {
        switch (format) {
            case MD -> out.println(line(row.cells()));
            case CSV -> csv(row.data());
            case JSON -> out.print((rows == 0 ? "\n" : ",\n") + result);
            case JSONL -> out.println(result);
        }
        rows++;
        out.flush();
    }

    void end() {
        if (format == Format.JSON) {
            out.println("\n]");
        }
        out.flush();
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /** The first row says what columns there are; what a later one lacks stays empty. */
    private void csv(Map<String, Json> data) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", data, flat);
        if (rows == 0) {
            columns.addAll(flat.keySet());
            out.println(columns.stream().map(Printer::quoted).collect(Collectors.joining(",")));
        }
        out.println(columns.stream().map(c -> quoted(flat.getOrDefault(c, ""))).collect(Collectors.joining(",")));
    }

    private static void flatten(String prefix, Map<String, Json> data, Map<String, String> flat) {
        data.forEach((name, value) -> {
            if (value instanceof Json.Obj object) {
                flatten(prefix + name + ".", object.members(), flat);
            } else {
                flat.put(prefix + name, plain(value));
            }
        });
    }

    private static String plain(Json value) {
        return switch (value) {
            case Json.Str text -> text.value();
            case Json.Arr array -> array.items().stream().map(Printer::plain).collect(Collectors.joining(";"));
            case Json.Null none -> "";
            default -> value.toString();
        };
    }

    /** As RFC 4180 says. */
    private static String quoted(String cell) {
        return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
    }
}
