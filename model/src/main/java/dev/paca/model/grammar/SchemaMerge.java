package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes one schema of two that both have to be met. Keywords are put together; what is nested stays an {@code allOf}. */
final class SchemaMerge {
    /** Keywords of which the greater number counts, and those of which the lesser does. */
    private static final Set<String> LEAST = Set.of("minItems", "minLength", "minimum", "exclusiveMinimum");

    private static final Set<String> MOST = Set.of("maxItems", "maxLength", "maximum", "exclusiveMaximum");

    private SchemaMerge() {}

    /** What meets both; null if nothing does. Neither has {@code $ref}, {@code allOf} or {@code oneOf}. */
    static Json.@Nullable Obj merge(Json.Obj a, Json.Obj b) {
        Map<String, Json> both = new LinkedHashMap<>(a.members());
        for (Map.Entry<String, Json> member : b.members().entrySet()) {
            String keyword = member.getKey();
            Json one = both.get(keyword);
            Json two = member.getValue();
            if (one == null || one.equals(two)) {
                both.put(keyword, two);
                continue;
            }
            Json merged = switch (keyword) {
                case "type" -> types(one, two);
                case "enum" -> values(one, two);
                case "const" -> null;
                case "required" -> union(one, two);
                case "items" -> all(one, two);
                case "anyOf" -> products(one, two);
                case "properties", "additionalProperties" -> one;
                default -> SchemaCompiler.NOTES.contains(keyword) ? one : bound(keyword, one, two);
            };
            if (merged == null) {
                return null;
            }
            both.put(keyword, merged);
        }
        members(a, b, both);
        return values(both) ? new Json.Obj(both) : null;
    }

    private static @Nullable Json types(Json one, Json two) {
        List<Json> other = list(two);
        List<Json> types = new ArrayList<>();
        for (Json type : list(one)) {
            boolean number = type.equals(Json.of("number"));
            boolean integer = type.equals(Json.of("integer"));
            if (other.contains(type) || (integer && other.contains(Json.of("number")))) {
                types.add(type);
            } else if (number && other.contains(Json.of("integer"))) {
                types.add(Json.of("integer"));
            }
        }
        return types.isEmpty() ? null : types.size() == 1 ? types.getFirst() : new Json.Arr(types);
    }

    private static @Nullable Json values(Json one, Json two) {
        List<Json> common = new ArrayList<>(list(one));
        common.retainAll(list(two));
        return common.isEmpty() ? null : new Json.Arr(common);
    }

    /** A constant has to be among the values, and decides. */
    private static boolean values(Map<String, Json> both) {
        Json only = both.get("const");
        Json values = both.get("enum");
        if (only != null && values != null) {
            both.remove("enum");
            return list(values).contains(only);
        }
        return true;
    }

    private static Json union(Json one, Json two) {
        Set<Json> all = new LinkedHashSet<>(list(one));
        all.addAll(list(two));
        return new Json.Arr(List.copyOf(all));
    }

    private static Json all(Json one, Json two) {
        return one.equals(two) ? one : new Json.Obj(Map.of("allOf", new Json.Arr(List.of(one, two))));
    }

    private static Json products(Json one, Json two) {
        List<Json> choices = new ArrayList<>();
        list(one).forEach(x -> list(two).forEach(y -> choices.add(all(x, y))));
        return new Json.Arr(choices);
    }

    private static Json bound(String keyword, Json one, Json two) {
        if (one instanceof Json.Num x && two instanceof Json.Num y) {
            boolean greater = x.toDouble() > y.toDouble();
            if (LEAST.contains(keyword)) {
                return greater ? one : two;
            }
            if (MOST.contains(keyword)) {
                return greater ? two : one;
            }
        }
        // No keyword that is supported: the compiler names it.
        return one;
    }

    /** Properties of both; each schema's further properties have to meet what it says of those. */
    private static void members(Json.Obj a, Json.Obj b, Map<String, Json> both) {
        Map<String, Json> left = properties(a);
        Map<String, Json> right = properties(b);
        Map<String, Json> members = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>(left.keySet());
        names.addAll(right.keySet());
        for (String name : names) {
            Json one = left.getOrDefault(name, further(a));
            Json two = right.getOrDefault(name, further(b));
            if (one == Json.Bool.FALSE || two == Json.Bool.FALSE) {
                continue;
            }
            members.put(name, one == Json.Bool.TRUE ? two : two == Json.Bool.TRUE ? one : all(one, two));
        }
        if (!names.isEmpty()) {
            both.put("properties", new Json.Obj(members));
        }
        Json one = further(a);
        Json two = further(b);
        if (one == Json.Bool.FALSE || two == Json.Bool.FALSE) {
            both.put("additionalProperties", Json.Bool.FALSE);
        } else if (one != Json.Bool.TRUE && two != Json.Bool.TRUE) {
            both.put("additionalProperties", all(one, two));
        } else if (one != two) {
            both.put("additionalProperties", one == Json.Bool.TRUE ? two : one);
        }
    }

    private static Map<String, Json> properties(Json.Obj schema) {
        return schema.get("properties") instanceof Json.Obj known ? known.members() : Map.of();
    }

    private static Json further(Json.Obj schema) {
        Json said = schema.get("additionalProperties");
        return said == null ? Json.Bool.TRUE : said;
    }

    private static List<Json> list(Json value) {
        return value instanceof Json.Arr array ? array.items() : List.of(value);
    }
}
