package dev.paca.model.answer;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of tool calls; gives none where the text is not exactly that. */
final class CallParser {
    private final CallScanner scanner;
    private final boolean alone;
    private final Set<String> tools;

    /**
     * @param scanner has read the same text, and knows the ids
     * @param alone whether nothing marks the text as a call, so that it has to have arguments to be one
     * @param tools names that may be called; empty for any
     */
    CallParser(CallScanner scanner, boolean alone, Set<String> tools) {
        this.scanner = scanner;
        this.alone = alone;
        this.tools = tools;
    }

    /** One object, an array of them, or several separated by semicolons or white space. */
    List<ToolCall> parse(String text) {
        List<ToolCall> calls = new ArrayList<>();
        try {
            for (String part : split(text)) {
                List<Json> values =
                        Json.parse(part) instanceof Json.Arr array ? array.items() : List.of(Json.parse(part));
                for (Json value : values) {
                    if (!(value instanceof Json.Obj object) || !add(object, calls)) {
                        return List.of();
                    }
                }
            }
        } catch (PacaException e) {
            // Not JSON: then it is what the model wanted to say.
            return List.of();
        }
        return calls;
    }

    /** What stands before {@code [ARGS]}: <code>name</code> or <code>name[CALL_ID]id</code>. */
    record Head(String name, @Nullable String id) {
        static Head of(String text) {
            int at = text.indexOf("[CALL_ID]");
            return at < 0
                    ? new Head(text.strip(), null)
                    : new Head(
                            text.substring(0, at).strip(),
                            text.substring(at + 9).strip());
        }
    }

    /** <code>name[CALL_ID]id[ARGS]{…}</code>, the id perhaps missing. */
    List<ToolCall> parseNamed(String text) {
        int args = text.indexOf("[ARGS]");
        String name = Head.of(text.substring(0, args)).name();
        try {
            Json.Obj arguments = Json.parseObject(text.substring(args + 6).strip());
            return name.isEmpty() ? List.of() : List.of(new ToolCall(scanner.id(0), name, arguments));
        } catch (PacaException e) {
            return List.of();
        }
    }

    private boolean add(Json.Obj object, List<ToolCall> calls) {
        Json.Obj call = object.get("function") instanceof Json.Obj inner ? inner : object;
        Json given = call.get("arguments") == null ? call.get("parameters") : call.get("arguments");
        Json arguments = given instanceof Json.Str text ? Json.parse(text.value()) : given;
        if (!(call.get("name") instanceof Json.Str name) || name.value().isEmpty()) {
            return false;
        }
        if (arguments != null && !(arguments instanceof Json.Obj)) {
            return false;
        }
        if ((alone && arguments == null) || !(tools.isEmpty() || tools.contains(name.value()))) {
            return false;
        }
        Json.Obj all = arguments instanceof Json.Obj known ? known : new Json.Obj(Map.of());
        calls.add(new ToolCall(scanner.id(calls.size()), name.value(), all));
        return true;
    }

    /** Values at the outermost level. */
    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                i += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                parts.add(text.substring(from, i + 1));
                from = i + 1;
                while (from < text.length()
                        && (text.charAt(from) == ';' || Character.isWhitespace(text.charAt(from)))) {
                    from++;
                }
                i = from - 1;
            }
        }
        if (from < text.length()) {
            parts.add(text.substring(from));
        }
        return parts;
    }
}
