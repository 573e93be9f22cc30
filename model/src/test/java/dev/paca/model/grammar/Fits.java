package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import java.util.Map;

/** Whether a value fits a schema: a validator of its own, for what the compiler supports. */
final class Fits {
    private final Json root;

    Fits(Json root) {
        this.root = root;
    }

    boolean fits(Json value) {
        return fits(root, value);
    }

    private boolean fits(Json schema, Json value) {
        if (!(schema instanceof Json.Obj s)) {
            return schema == Json.Bool.TRUE;
        }
        if (s.get("$ref") instanceof Json.Str ref) {
            Json target = root;
            for (String step : ref.value().substring(1).split("/")) {
                target = step.isEmpty() ? target : ((Json.Obj) target).get(step);
            }
            return fits(target, value);
        }
        if (s.get("enum") instanceof Json.Arr values && !values.items().contains(value)) {
            return false;
        }
        if (s.get("const") instanceof Json only && !only.equals(value)) {
            return false;
        }
        if (s.get("anyOf") instanceof Json.Arr choices) {
            return choices.items().stream().anyMatch(choice -> fits(choice, value));
        }
        if (s.get("type") instanceof Json.Arr types) {
            return types.items().stream().anyMatch(type -> typed(s, ((Json.Str) type).value(), value));
        }
        return !(s.get("type") instanceof Json.Str type) || typed(s, type.value(), value);
    }

    private boolean typed(Json.Obj s, String type, Json value) {
        return switch (value) {
            case Json.Obj object -> type.equals("object") && object(s, object);
            case Json.Arr array ->
                type.equals("array")
                        && between(s, "minItems", "maxItems", array.items().size())
                        && (s.get("items") == null
                                || array.items().stream().allMatch(item -> fits(s.get("items"), item)));
            case Json.Str text ->
                type.equals("string")
                        && between(
                                s,
                                "minLength",
                                "maxLength",
                                text.value().codePointCount(0, text.value().length()));
            case Json.Num number -> type.equals("number") || (type.equals("integer") && number.isInteger());
            case Json.Bool bool -> type.equals("boolean");
            case Json.Null none -> type.equals("null");
        };
    }

    private boolean object(Json.Obj s, Json.Obj object) {
        if (s.get("required") instanceof Json.Arr names
                && names.items().stream().anyMatch(name -> object.get(((Json.Str) name).value()) == null)) {
            return false;
        }
        Json.Obj properties = s.get("properties") instanceof Json.Obj known ? known : new Json.Obj(Map.of());
        return object.members().entrySet().stream().allMatch(member -> {
            Json schema = properties.get(member.getKey());
            Json more = s.get("additionalProperties");
            return schema != null
                    ? fits(schema, member.getValue())
                    : more != Json.Bool.FALSE && (more == null || fits(more, member.getValue()));
        });
    }

    private static boolean between(Json.Obj s, String least, String most, int count) {
        return (!(s.get(least) instanceof Json.Num from) || count >= from.toInt())
                && (!(s.get(most) instanceof Json.Num to) || count <= to.toInt());
    }
}
