package dev.paca.model.answer;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Reads the JSON of tool calls; gives none where the text is not exactly that. */
final class CallParser {
    private final Supplier<String> ids;

    CallParser(Supplier<String> ids) {
        this.ids = ids;
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

    /** <code>name[CALL_ID]id[ARGS]{…}</code>, the id perhaps missing. */
    List<ToolCall> parseNamed(String text) {
        int args = text.indexOf("[ARGS]");
        String head = text.substring(0, args).strip();
        int idAt = head.indexOf("[CALL_ID]");
        String name = idAt < 0 ? head : head.substring(0, idAt).strip();
        String id = idAt < 0 ? ids.get() : head.substring(idAt + 9).strip();
        try {
            return name.isEmpty()
                    ? List.of()
                    : List.of(new ToolCall(
                            id, name, Json.parseObject(text.substring(args + 6).strip())));
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
        Json.Obj all = arguments instanceof Json.Obj known ? known : new Json.Obj(Map.of());
        String id = object.get("id") instanceof Json.Str known ? known.value() : ids.get();
        calls.add(new ToolCall(id, name.value(), all));
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
