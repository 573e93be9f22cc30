package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds what a schema refers to, and makes one of those that have to be met together. */
final class SchemaParts {
    /** Keywords that name other schemas for the same value. */
    static final Set<String> COMPOSING = Set.of("$ref", "allOf", "anyOf", "oneOf");

    private final Json root;

    SchemaParts(Json root) {
        this.root = root;
    }

    /** A schema without references, {@code allOf} and {@code oneOf} at its outermost level; null if nothing meets it. */
    Json.@Nullable Obj expand(Json schema, String at, int depth) {
        if (depth > 100) {
            throw SchemaCompiler.refuse(at, "nests deeper than 100 levels");
        }
        if (schema instanceof Json.Bool allowed) {
            return allowed == Json.Bool.TRUE ? new Json.Obj(Map.of()) : null;
        }
        if (!(schema instanceof Json.Obj object)) {
            throw SchemaCompiler.refuse(at, "expected an object, true or false, found " + schema);
        }
        Map<String, Json> own = new LinkedHashMap<>(object.members());
        own.keySet().removeAll(COMPOSING);
        Json.Obj all = new Json.Obj(own);
        List<Json> parts = new ArrayList<>();
        if (object.get("$ref") != null) {
            parts.add(target(object.get("$ref"), at));
        }
        if (object.get("allOf") instanceof Json each) {
            parts.addAll(SchemaCompiler.array(each, at + "/allOf"));
        }
        for (Json part : parts) {
            Json.Obj expanded = expand(part, at, depth + 1);
            all = all == null || expanded == null ? null : SchemaMerge.merge(all, expanded);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (object.get(keyword) instanceof Json choices && all != null) {
                all = SchemaMerge.merge(all, new Json.Obj(Map.of("anyOf", choices)));
            }
        }
        return all;
    }

    /** What a reference refers to. */
    Json target(@Nullable Json ref, String at) {
        if (!(ref instanceof Json.Str text) || !text.value().startsWith("#")) {
            throw SchemaCompiler.refuse(
                    at + "/$ref",
                    "only references within the schema are supported, such as #/$defs/name; found " + ref);
        }
        Json target = root;
        for (String step : text.value().substring(1).split("/")) {
            if (!step.isEmpty()) {
                String name = step.replace("~1", "/").replace("~0", "~");
                target = target instanceof Json.Obj object ? object.get(name) : null;
            }
            if (target == null) {
                throw SchemaCompiler.refuse(at + "/$ref", "nothing is at " + text.value());
            }
        }
        return target;
    }
}
