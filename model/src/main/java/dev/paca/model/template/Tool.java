package dev.paca.model.template;

import dev.paca.model.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A function that the assistant may call.
 *
 * @param name what it is called
 * @param description what it does, for the model; may be empty
 * @param parameters JSON schema of its arguments, an object's
 */
public record Tool(String name, String description, Json.Obj parameters) {
    /** The form that templates know: {@code {"type": "function", "function": {"name", "description", "parameters"}}}. */
    public Json.Obj toJson() {
        Map<String, Json> function = new LinkedHashMap<>();
        function.put("name", Json.of(name));
        function.put("description", Json.of(description));
        function.put("parameters", parameters);
        Map<String, Json> tool = new LinkedHashMap<>();
        tool.put("type", Json.of("function"));
        tool.put("function", new Json.Obj(function));
        return new Json.Obj(tool);
    }
}
