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
 * further members only where it names none, so the grammar has fewer texts than the schema allows. Never more, with one
 * exception: {@code oneOf} is read as {@code anyOf}, so that its alternatives have to exclude each other by themselves.
 */
final class SchemaCompiler {
    /** Elements, characters or enum values counted one by one: keeps a schema from becoming a grammar of gigabytes. */
    private static final int COUNT = 5000;

    private static final int MEMBERS = 1000;

    /** Keywords that say nothing about the value. */
    static final Set<String> NOTES = Set.of(
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
            "integer", NumberRules.BOUNDS,
            "number", NumberRules.BOUNDS,
            "boolean", Set.of(),
            "null", Set.of());

    private final Grammar grammar = new Grammar();
    private final JsonRules json = new JsonRules(grammar);
    private final NumberRules numbers = new NumberRules(grammar, json);
    private final Json root;
    private final SchemaParts parts;
    private final Map<String, Integer> references = new HashMap<>();
    private final Map<Json, Integer> merged = new HashMap<>();
    /** Why the first part that no value fits has none. */
    private @Nullable PacaException impossible;

    SchemaCompiler(Json schema) {
        root = schema;
        parts = new SchemaParts(schema);
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
        throw impossible != null
                ? impossible
                : new PacaException(
                        "JSON schema: no finite value fits it, since it requires itself. Make one of the members optional.");
    }

    /** The rule of what no value fits: alternatives and optional members with it fall away. */
    private int nothing(String at, String what) {
        impossible = impossible == null ? refuse(at, what) : impossible;
        return grammar.rule();
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
        long composing = object.members().keySet().stream()
                .filter(SchemaParts.COMPOSING::contains)
                .count();
        long telling = object.members().keySet().stream()
                .filter(keyword -> !NOTES.contains(keyword))
                .count();
        if (composing > 0) {
            return telling == 1 ? composed(object, at, depth) : together(object, at, depth);
        }
        if (object.get("const") instanceof Json value) {
            check(object, at, Set.of("const", "type"));
            return literals(List.of(value), object.get("type"), at);
        }
        if (object.get("enum") instanceof Json values) {
            check(object, at, Set.of("enum", "type"));
            return literals(array(values, at + "/enum"), object.get("type"), at);
        }
        if (object.get("type") instanceof Json.Arr types) {
            List<Json> choices = new ArrayList<>();
            types.items().forEach(type -> choices.add(typed(object, type)));
            return choice(choices, at, depth);
        }
        return type(object, at, depth);
    }

    /** A schema with one keyword that names other schemas, and nothing else. */
    private int composed(Json.Obj object, String at, int depth) {
        if (object.get("$ref") != null) {
            return reference(object.get("$ref"), at, depth);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (object.get(keyword) instanceof Json choices) {
                return choice(array(choices, at + "/" + keyword), at + "/" + keyword, depth);
            }
        }
        List<Json> all = array(object.get("allOf"), at + "/allOf");
        return all.size() == 1 ? schema(all.getFirst(), at + "/allOf/0", depth + 1) : together(object, at, depth);
    }

    /** Several schemas that all have to be met: one schema is made of them, once. */
    private int together(Json.Obj object, String at, int depth) {
        Json.Obj one = parts.expand(object, at, depth);
        if (one == null) {
            return nothing(at, "no value meets all of its parts");
        }
        Integer known = merged.get(one);
        if (known != null) {
            return known;
        }
        int rule = grammar.rule();
        merged.put(one, rule);
        if (!(one.get("anyOf") instanceof Json choices)) {
            grammar.add(rule, schema(one, at, depth + 1));
            return rule;
        }
        Map<String, Json> common = new LinkedHashMap<>(one.members());
        common.remove("anyOf");
        List<Json> possible = new ArrayList<>();
        for (Json choice : array(choices, at + "/anyOf")) {
            Json.Obj alternative = parts.expand(choice, at + "/anyOf", depth + 1);
            Json.Obj both = alternative == null ? null : SchemaMerge.merge(new Json.Obj(common), alternative);
            if (both != null) {
                possible.add(both);
            }
        }
        if (possible.isEmpty()) {
            return nothing(at, "no value meets one of its alternatives together with the rest");
        }
        grammar.add(rule, choice(possible, at, depth + 1));
        return rule;
    }

    /** The schema for one of its types: with the keywords of that type only. */
    private static Json typed(Json.Obj object, Json type) {
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        Set<String> own = type instanceof Json.Str name ? KEYWORDS.getOrDefault(name.value(), Set.of()) : Set.of();
        KEYWORDS.values().stream()
                .flatMap(Set::stream)
                .filter(keyword -> !own.contains(keyword))
                .forEach(members::remove);
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
            case "integer" -> integer(object, at);
            case "number" -> number(object, at);
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
        Json target = parts.target(ref, at);
        String place = ref instanceof Json.Str text ? text.value() : at;
        Integer known = references.get(place);
        if (known != null) {
            return known;
        }
        int rule = grammar.rule();
        references.put(place, rule);
        int inner = schema(target, place, depth + 1);
        if (inner == rule) {
            throw refuse(place, "refers to itself and to nothing else");
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

    private int literals(List<Json> given, @Nullable Json type, String at) {
        List<Json> values = given.stream().filter(value -> isOf(value, type)).toList();
        if (values.isEmpty() && !given.isEmpty()) {
            return nothing(at, "no value of the enum is of its type");
        }
        if (values.isEmpty() || values.size() > COUNT) {
            throw refuse(at, "an enum needs 1 to " + COUNT + " values, found " + values.size());
        }
        int rule = grammar.rule();
        values.forEach(value -> grammar.add(rule, grammar.literal(value.toString())));
        return rule;
    }

    private static boolean isOf(Json value, @Nullable Json type) {
        if (type instanceof Json.Arr types) {
            return types.items().stream().anyMatch(each -> isOf(value, each));
        }
        if (!(type instanceof Json.Str name)) {
            return true;
        }
        return switch (value) {
            case Json.Obj object -> name.value().equals("object");
            case Json.Arr array -> name.value().equals("array");
            case Json.Str text -> name.value().equals("string");
            case Json.Num number ->
                name.value().equals("number") || (name.value().equals("integer") && number.isInteger());
            case Json.Bool bool -> name.value().equals("boolean");
            case Json.Null none -> name.value().equals("null");
        };
    }

    private int integer(Json.Obj object, String at) {
        NumberRules.Bounds bounds = NumberRules.Bounds.of(object, at);
        if (bounds.equals(NumberRules.Bounds.WIDEST)) {
            return json.integer();
        }
        return bounds.integers().isEmpty() ? outOfBounds("integer", at) : numbers.integer(bounds.integers());
    }

    private int number(Json.Obj object, String at) {
        NumberRules.Bounds bounds = NumberRules.Bounds.of(object, at);
        if (bounds.equals(NumberRules.Bounds.WIDEST)) {
            return json.number();
        }
        return bounds.isEmpty() ? outOfBounds("number", at) : numbers.number(bounds);
    }

    private int outOfBounds(String what, String at) {
        return nothing(at, "no " + what + " of at most 15 digits before the point is within its bounds");
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

    static List<Json> array(Json value, String at) {
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

    static PacaException refuse(String at, String what) {
        return new PacaException("JSON schema at " + at + ": " + what + ".");
    }
}
