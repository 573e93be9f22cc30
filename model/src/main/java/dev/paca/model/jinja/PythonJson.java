package dev.paca.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints values as Python's {@code json.dumps} does with {@code ensure_ascii=False}, which is what Hugging Face's {@code tojson} does. */
final class PythonJson {
    private static final int DEPTH = 200;

    private final Budget budget;
    private final @Nullable String indent;
    private final String comma;
    private final String colon;
    private final boolean ascii;
    private final boolean sorted;
    private final StringBuilder out = new StringBuilder();
    private int depth;

    private PythonJson(
            Budget budget, @Nullable String indent, String comma, String colon, boolean ascii, boolean sorted) {
        this.budget = budget;
        this.indent = indent;
        this.comma = comma;
        this.colon = colon;
        this.ascii = ascii;
        this.sorted = sorted;
    }

    /** The filter {@code tojson(ensure_ascii=false, indent=none, separators=none, sort_keys=false)}. */
    static String print(Object value, Args args, Budget budget) {
        Args.Bound given = args.bind("ensure_ascii", "indent", "separators", "sort_keys");
        @Nullable
        String indent = switch (given.get("indent", None.NONE)) {
            case None none -> null;
            case String text -> text;
            case Object width -> " ".repeat(Math.clamp(Values.integer(width), 0, 100));
        };
        String comma = indent == null ? ", " : ",";
        String colon = ": ";
        if (given.get("separators", None.NONE) instanceof List<?> both && both.size() == 2) {
            comma = String.valueOf(both.get(0));
            colon = String.valueOf(both.get(1));
        }
        PythonJson json = new PythonJson(
                budget, indent, comma, colon, given.truth("ensure_ascii", false), given.truth("sort_keys", false));
        json.print(value);
        return budget.made(json.out.toString());
    }

    private void print(Object value) {
        budget.step();
        budget.output(out.length());
        switch (value) {
            case String text -> string(text);
            case Boolean bool -> out.append(bool);
            case Long integer -> out.append(integer);
            case BigInteger integer -> out.append(integer);
            case Double number -> out.append(number(number));
            case None none -> out.append("null");
            case List<?> list -> list(list);
            case Map<?, ?> map -> map(map);
            case Undefined undefined -> throw undefined.used();
            default -> throw new TemplateException(Values.type(value) + " has no JSON");
        }
    }

    private static String number(double value) {
        return Double.isNaN(value)
                ? "NaN"
                : Double.isInfinite(value) ? value > 0 ? "Infinity" : "-Infinity" : Printer.number(value);
    }

    private void list(List<?> list) {
        open('[');
        String between = "";
        for (Object item : list) {
            out.append(between);
            line();
            print(item);
            between = comma;
        }
        close(']', list.isEmpty());
    }

    private void map(Map<?, ?> map) {
        open('{');
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sorted) {
            entries.sort(Comparator.comparing(Map.Entry::getKey, Values::compare));
        }
        String between = "";
        for (Map.Entry<?, ?> entry : entries) {
            out.append(between);
            line();
            string(
                    switch (entry.getKey()) {
                        case String name -> name;
                        case Boolean bool -> bool.toString();
                        case None none -> "null";
                        case Double number -> number(number);
                        case Long integer -> integer.toString();
                        case Object key -> throw new TemplateException(Values.type(key) + " is no key of JSON");
                    });
            out.append(colon);
            print(entry.getValue());
            between = comma;
        }
        close('}', map.isEmpty());
    }

    private void open(char bracket) {
        if (++depth > DEPTH) {
            throw new TemplateException("a value that nests deeper than " + DEPTH + " levels has no JSON");
        }
        out.append(bracket);
    }

    private void close(char bracket, boolean empty) {
        depth--;
        if (!empty) {
            line();
        }
        out.append(bracket);
    }

    private void line() {
        if (indent != null) {
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private void string(String text) {
        budget.text(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < ' ' || (ascii && c > '~')) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
