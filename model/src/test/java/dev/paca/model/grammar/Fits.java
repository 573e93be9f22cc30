package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import java.math.BigDecimal;
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
        if (s.get("$ref") instanceof Json.Str ref && !fits(target(ref), value)) {
            return false;
        }
        if (s.get("enum") instanceof Json.Arr values && !values.items().contains(value)) {
            return false;
        }
        if (s.get("const") instanceof Json only && !only.equals(value)) {
            return false;
        }
        if (s.get("allOf") instanceof Json.Arr all && !all.items().stream().allMatch(each -> fits(each, value))) {
            return false;
        }
        if (s.get("anyOf") instanceof Json.Arr choices
                && choices.items().stream().noneMatch(choice -> fits(choice, value))) {
            return false;
        }
        if (s.get("oneOf") instanceof Json.Arr choices
                && choices.items().stream()
                                .filter(choice -> fits(choice, value))
                                .count()
                        != 1) {
            return false;
        }
        if (s.get("type") instanceof Json.Arr types
                && types.items().stream().noneMatch(type -> isOf(((Json.Str) type).value(), value))) {
            return false;
        }
        return (!(s.get("type") instanceof Json.Str type) || isOf(type.value(), value)) && within(s, value);
    }

    private Json target(Json.Str ref) {
        Json target = root;
        for (String step : ref.value().substring(1).split("/")) {
            target = step.isEmpty() ? target : ((Json.Obj) target).get(step);
        }
        return target;
    }

    private static boolean isOf(String type, Json value) {
        return switch (value) {
            case Json.Obj object -> type.equals("object");
            case Json.Arr array -> type.equals("array");
            case Json.Str text -> type.equals("string");
            case Json.Num number -> type.equals("number") || (type.equals("integer") && number.isInteger());
            case Json.Bool bool -> type.equals("boolean");
            case Json.Null none -> type.equals("null");
        };
    }

    /** Keywords that concern values of one type only. */
    private boolean within(Json.Obj s, Json value) {
        return switch (value) {
            case Json.Obj object -> object(s, object);
            case Json.Arr array ->
                between(s, "minItems", "maxItems", array.items().size())
                        && (s.get("items") == null
                                || array.items().stream().allMatch(item -> fits(s.get("items"), item)));
            case Json.Str text ->
                between(
                        s,
                        "minLength",
                        "maxLength",
                        text.value().codePointCount(0, text.value().length()));
            case Json.Num number -> number(s, new BigDecimal(number.literal()));
            default -> true;
        };
    }

    private static boolean number(Json.Obj s, BigDecimal number) {
        return order(s, "minimum", number, 1) >= 0
                && order(s, "maximum", number, -1) <= 0
                && order(s, "exclusiveMinimum", number, 1) > 0
                && order(s, "exclusiveMaximum", number, -1) < 0;
    }

    private static int order(Json.Obj s, String keyword, BigDecimal number, int otherwise) {
        return s.get(keyword) instanceof Json.Num bound ? number.compareTo(new BigDecimal(bound.literal())) : otherwise;
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
