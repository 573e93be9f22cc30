package dev.paca.model.grammar;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes a grammar of a JSON schema: every text of the grammar fits the schema. Members come in the order of the schema, and
 * further members only where it names none, so the grammar has fewer texts than the schema allows, never more.
 */
final class SchemaCompiler {
    /** Elements, characters or enum values counted one by one: keeps a schema from becoming a grammar of gigabytes. */
    private static final int COUNT = 5000;

    private static final int MEMBERS = 1000;

    private static final Set<String> NOTES = Set.of(
            "title",
            "description",
            "default",
            "examples",
            "example",
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "format",
            "deprecated",
            "readOnly",
            "writeOnly",
            "strict");
    private static final Map<String, Set<String>> KEYWORDS = Map.of(
            "object", Set.of("properties", "required", "additionalProperties"),
            "array", Set.of("items", "minItems", "maxItems"),
            "string", Set.of("minLength", "maxLength"),
            "integer", Set.of(),
            "number", Set.of(),
            "boolean", Set.of(),
            "null", Set.of());

    private final Grammar grammar = new Grammar();
    private final JsonRules json = new JsonRules(grammar);
    private final Json root;
    private final Map<String, Integer> references = new HashMap<>();

    SchemaCompiler(Json schema) {
        root = schema;
    }

    /** The grammar, complete. */
    Grammar grammar() {
        return grammar;
    }

    /** The rule of the whole schema. */
    int compile() {
        int rule = schema(root, "#", 0);
        grammar.complete();
        for (int start : grammar.sequences(rule)) {
            if (grammar.rest(start) < Grammar.FAR) {
                return rule;
            }
        }
        throw new PacaException(
                "JSON schema: no finite value fits it, since it requires itself. Make one of the members optional.");
    }

    private int schema(Json schema, String at, int depth) {
        if (depth > 100) {
            throw refuse(at, "nests deeper than 100 levels");
        }
        if (schema == Json.Bool.TRUE) {
            return json.value();
        }
        if (!(schema instanceof Json.Obj object)) {
            throw refuse(at, "expected an object or true, found " + schema);
        }
        if (object.get("$ref") != null) {
            check(object, at, Set.of("$ref"));
            return reference(object.get("$ref"), at, depth);
        }
        if (object.get("const") instanceof Json value) {
            check(object, at, Set.of("const", "type"));
            return literals(List.of(value), at);
        }
        if (object.get("enum") instanceof Json values) {
            check(object, at, Set.of("enum", "type"));
            return literals(array(values, at + "/enum"), at);
        }
        if (object.get("anyOf") instanceof Json choices) {
            check(object, at, Set.of("anyOf"));
            return choice(array(choices, at + "/anyOf"), at + "/anyOf", depth);
        }
        if (object.get("type") instanceof Json.Arr types) {
            List<Json> choices = new ArrayList<>();
            types.items().forEach(type -> choices.add(typed(object, type)));
            return choice(choices, at, depth);
        }
        return type(object, at, depth);
    }

    /** The schema for one of its types: with the keywords of that type only. */
    private static Json typed(Json.Obj object, Json type) {
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        KEYWORDS.forEach((name, keywords) -> {
            if (!Json.of(name).equals(type)) {
                members.keySet().removeAll(keywords);
            }
        });
        members.put("type", type);
        return new Json.Obj(members);
    }

    private int type(Json.Obj object, String at, int depth) {
        String type;
        if (object.get("type") instanceof Json.Str named) {
            type = named.value();
        } else if (object.get("type") != null) {
            throw refuse(at + "/type", "expected a name, found " + object.get("type"));
        } else {
            type = object.get("properties") != null || object.get("additionalProperties") != null
                    ? "object"
                    : object.get("items") != null ? "array" : "any";
        }
        Set<String> known = new LinkedHashSet<>(KEYWORDS.getOrDefault(type, Set.of()));
        known.add("type");
        check(object, at, known);
        return switch (type) {
            case "object" -> object(object, at, depth);
            case "array" -> array(object, at, depth);
            case "string" -> string(object, at);
            case "integer" -> json.integer();
            case "number" -> json.number();
            case "boolean" -> json.bool();
            case "null" -> json.nothing();
            case "any" -> json.value();
            default ->
                throw refuse(
                        at + "/type",
                        "'" + type + "' is no type (they are: " + String.join(", ", new TreeSet<>(KEYWORDS.keySet()))
                                + ")");
        };
    }

    private int reference(@Nullable Json ref, String at, int depth) {
        if (!(ref instanceof Json.Str text) || !text.value().startsWith("#")) {
            throw refuse(
                    at + "/$ref",
                    "only references within the schema are supported, such as #/$defs/name; found " + ref);
        }
        Integer known = references.get(text.value());
        if (known != null) {
            return known;
        }
        Json target = root;
        for (String step : text.value().substring(1).split("/")) {
            if (!step.isEmpty()) {
                String name = step.replace("~1", "/").replace("~0", "~");
                target = target instanceof Json.Obj object ? object.get(name) : null;
            }
            if (target == null) {
                throw refuse(at + "/$ref", "nothing is at " + text.value());
            }
        }
        int rule = grammar.rule();
        references.put(text.value(), rule);
        int inner = schema(target, text.value(), depth + 1);
        if (inner == rule) {
            throw refuse(text.value(), "refers to itself and to nothing else");
        }
        grammar.add(rule, inner);
        return rule;
    }

    private int choice(List<Json> choices, String at, int depth) {
        if (choices.isEmpty()) {
            throw refuse(at, "there is no choice");
        }
        int rule = grammar.rule();
        for (int i = 0; i < choices.size(); i++) {
            grammar.add(rule, schema(choices.get(i), at + "/" + i, depth + 1));
        }
        return rule;
    }

    private int literals(List<Json> values, String at) {
        if (values.isEmpty() || values.size() > COUNT) {
            throw refuse(at, "an enum needs 1 to " + COUNT + " values, found " + values.size());
        }
        int rule = grammar.rule();
        values.forEach(value -> grammar.add(rule, grammar.literal(value.toString())));
        return rule;
    }

    private int object(Json.Obj object, String at, int depth) {
        Map<String, Json> members = new LinkedHashMap<>();
        if (object.get("properties") instanceof Json.Obj properties) {
            members.putAll(properties.members());
        } else if (object.get("properties") != null) {
            throw refuse(at + "/properties", "expected an object, found " + object.get("properties"));
        }
        Set<String> required = new LinkedHashSet<>();
        if (object.get("required") instanceof Json names) {
            for (Json name : array(names, at + "/required")) {
                if (!(name instanceof Json.Str text)) {
                    throw refuse(at + "/required", "expected names, found " + name);
                }
                if (object.get("additionalProperties") == Json.Bool.FALSE && !members.containsKey(text.value())) {
                    throw refuse(at + "/required", "'" + text.value() + "' is required but allowed nowhere");
                }
                required.add(text.value());
                members.putIfAbsent(text.value(), Json.Bool.TRUE);
            }
        }
        Json more = object.get("additionalProperties");
        if (members.isEmpty()) {
            if (more == Json.Bool.FALSE) {
                int rule = grammar.rule();
                grammar.add(rule, grammar.literal("{}"));
                return rule;
            }
            return more == null || more == Json.Bool.TRUE
                    ? json.object(json.value())
                    : json.object(schema(more, at + "/additionalProperties", depth + 1));
        }
        return members(members, required, at, depth);
    }

    /** Members in order, each behind a comma if one came before; those that are not required may be left out. */
    private int members(Map<String, Json> members, Set<String> required, String at, int depth) {
        List<Map.Entry<String, Json>> all = new ArrayList<>(members.entrySet());
        if (all.size() > MEMBERS) {
            throw refuse(at, "has more than " + MEMBERS + " properties");
        }
        int end = grammar.rule();
        grammar.add(end, grammar.literal("}"));
        int first = end;
        int later = end;
        for (int i = all.size() - 1; i >= 0; i--) {
            String name = all.get(i).getKey();
            int value = schema(all.get(i).getValue(), at + "/properties/" + name, depth + 1);
            int[] member = Grammar.join(grammar.literal(Json.of(name).toString()), new int[] {json.colon(), value});
            int from = grammar.rule();
            int then = grammar.rule();
            grammar.add(from, Grammar.join(member, new int[] {later}));
            grammar.add(then, Grammar.join(new int[] {json.comma()}, member, new int[] {later}));
            if (!required.contains(name)) {
                grammar.add(from, first);
                grammar.add(then, later);
            }
            first = from;
            later = then;
        }
        int rule = grammar.rule();
        grammar.add(rule, Grammar.join(grammar.literal("{"), new int[] {first}));
        return rule;
    }

    private int array(Json.Obj object, String at, int depth) {
        int least = count(object, "minItems", 0, at);
        int most = count(object, "maxItems", -1, at);
        int item = object.get("items") instanceof Json items ? schema(items, at + "/items", depth + 1) : json.value();
        int rule = grammar.rule();
        if (most == 0) {
            grammar.add(rule, grammar.literal("[]"));
            return rule;
        }
        int rest = json.repeat(new int[] {json.comma(), item}, Math.max(0, least - 1), most < 0 ? -1 : most - 1);
        grammar.add(rule, Grammar.join(grammar.literal("["), new int[] {item, rest}, grammar.literal("]")));
        if (least == 0) {
            grammar.add(rule, grammar.literal("[]"));
        }
        return rule;
    }

    private int string(Json.Obj object, String at) {
        return json.string(count(object, "minLength", 0, at), count(object, "maxLength", -1, at));
    }

    private int count(Json.Obj object, String keyword, int otherwise, String at) {
        if (object.get(keyword) == null) {
            return otherwise;
        }
        if (!(object.get(keyword) instanceof Json.Num number) || number.toInt() < 0 || number.toInt() > COUNT) {
            throw refuse(
                    at + "/" + keyword, "expected an integer from 0 to " + COUNT + ", found " + object.get(keyword));
        }
        String least = keyword.replace("max", "min");
        if (!least.equals(keyword) && count(object, least, 0, at) > number.toInt()) {
            throw refuse(at + "/" + keyword, "is less than " + least);
        }
        return number.toInt();
    }

    private List<Json> array(Json value, String at) {
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        throw refuse(at, "expected an array, found " + value);
    }

    private static void check(Json.Obj object, String at, Set<String> known) {
        for (String keyword : object.members().keySet()) {
            if (!known.contains(keyword) && !NOTES.contains(keyword)) {
                throw refuse(
                        at,
                        "the keyword '" + keyword + "' is not supported here (supported: "
                                + String.join(", ", new TreeSet<>(known)) + ")");
            }
        }
    }

    private static PacaException refuse(String at, String what) {
        return new PacaException("JSON schema at " + at + ": " + what + ".");
    }
}
