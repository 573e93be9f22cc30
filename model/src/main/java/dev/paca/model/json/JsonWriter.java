package dev.paca.model.json;

import java.util.Iterator;
import java.util.Map;

/** Prints values so that reading them gives equal values, and the bytes are valid UTF-8. */
final class JsonWriter {
    private final StringBuilder out = new StringBuilder();
    private final boolean lines;
    private int depth;

    private JsonWriter(boolean lines) {
        this.lines = lines;
    }

    static String compact(Json value) {
        JsonWriter writer = new JsonWriter(false);
        writer.write(value);
        return writer.out.toString();
    }

    static String pretty(Json value) {
        JsonWriter writer = new JsonWriter(true);
        writer.write(value);
        return writer.out.toString();
    }

    private void write(Json value) {
        switch (value) {
            case Json.Obj object -> object(object.members());
            case Json.Arr array -> array(array);
            case Json.Str string -> string(string.value());
            case Json.Num number -> out.append(number.literal());
            case Json.Bool bool -> out.append(bool);
            case Json.Null none -> out.append(none);
        }
    }

    private void object(Map<String, Json> members) {
        out.append('{');
        depth++;
        for (Iterator<Map.Entry<String, Json>> i = members.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<String, Json> member = i.next();
            line();
            string(member.getKey());
            out.append(lines ? ": " : ":");
            write(member.getValue());
            out.append(i.hasNext() ? "," : "");
        }
        depth--;
        if (!members.isEmpty()) {
            line();
        }
        out.append('}');
    }

    private void array(Json.Arr array) {
        out.append('[');
        depth++;
        for (Iterator<Json> i = array.items().iterator(); i.hasNext(); ) {
            line();
            write(i.next());
            out.append(i.hasNext() ? "," : "");
        }
        depth--;
        if (!array.items().isEmpty()) {
            line();
        }
        out.append(']');
    }

    private void line() {
        if (lines) {
            out.append('\n').append("  ".repeat(depth));
        }
    }

    private void string(String text) {
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
                    if (c < ' ' || lone(text, i)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean lone(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
