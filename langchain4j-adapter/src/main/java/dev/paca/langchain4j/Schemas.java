package dev.paca.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.paca.model.json.Json;
import dev.paca.model.template.Tool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** LangChain4j's schemas as JSON. */
final class Schemas {
    private Schemas() {}

    static Tool tool(ToolSpecification tool) {
        Json.Obj parameters = tool.parameters() == null
                ? (Json.Obj) typed("object", "", Map.of("properties", new Json.Obj(Map.of())))
                : (Json.Obj) json(tool.parameters());
        return new Tool(tool.name(), tool.description() == null ? "" : tool.description(), parameters);
    }

    static Json json(JsonSchemaElement element) {
        String about = element.description() == null ? "" : element.description();
        return switch (element) {
            case JsonStringSchema text -> typed("string", about, Map.of());
            case JsonIntegerSchema integer -> typed("integer", about, Map.of());
            case JsonNumberSchema number -> typed("number", about, Map.of());
            case JsonBooleanSchema bool -> typed("boolean", about, Map.of());
            case JsonNullSchema none -> typed("null", about, Map.of());
            case JsonEnumSchema choice ->
                typed(
                        "string",
                        about,
                        Map.of(
                                "enum",
                                new Json.Arr(choice.enumValues().stream()
                                        .map(Json::of)
                                        .toList())));
            case JsonArraySchema array ->
                typed("array", about, array.items() == null ? Map.of() : Map.of("items", json(array.items())));
            case JsonAnyOfSchema any ->
                new Json.Obj(Map.of(
                        "anyOf",
                        new Json.Arr(any.anyOf().stream().map(Schemas::json).toList())));
            case JsonReferenceSchema ref -> new Json.Obj(Map.of("$ref", Json.of("#/$defs/" + ref.reference())));
            case JsonRawSchema raw -> Failures.mapped(() -> Json.parse(raw.schema()));
            case JsonObjectSchema object -> object(object, about);
            default ->
                throw new UnsupportedFeatureException(
                        "JSON schema element " + element.getClass().getSimpleName() + " is not supported");
        };
    }

    private static Json object(JsonObjectSchema object, String about) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("properties", all(object.properties()));
        if (object.required() != null && !object.required().isEmpty()) {
            members.put(
                    "required",
                    new Json.Arr(object.required().stream().map(Json::of).toList()));
        }
        if (object.additionalProperties() != null) {
            members.put("additionalProperties", Json.of(object.additionalProperties()));
        }
        if (object.definitions() != null && !object.definitions().isEmpty()) {
            members.put("$defs", all(object.definitions()));
        }
        return typed("object", about, members);
    }

    private static Json all(Map<String, JsonSchemaElement> elements) {
        Map<String, Json> members = new LinkedHashMap<>();
        elements.forEach((name, element) -> members.put(name, json(element)));
        return new Json.Obj(members);
    }

    private static Json typed(String type, String about, Map<String, Json> further) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("type", Json.of(type));
        if (!about.isEmpty()) {
            members.put("description", Json.of(about));
        }
        members.putAll(further);
        return new Json.Obj(members);
    }

    /** A call of one of the tools. */
    static List<Json> calls(List<Tool> tools) {
        List<Json> calls = new ArrayList<>();
        for (Tool tool : tools) {
            Map<String, Json> properties = new LinkedHashMap<>();
            properties.put("name", new Json.Obj(Map.of("const", Json.of(tool.name()))));
            properties.put("arguments", closed(tool.parameters()));
            Map<String, Json> call = new LinkedHashMap<>();
            call.put("type", Json.of("object"));
            call.put("properties", new Json.Obj(properties));
            call.put("required", new Json.Arr(List.of(Json.of("name"), Json.of("arguments"))));
            calls.add(new Json.Obj(call));
        }
        return calls;
    }

    /** A tool without parameters takes the empty object only. */
    private static Json closed(Json.Obj parameters) {
        boolean empty = parameters.get("properties") instanceof Json.Obj properties
                && properties.members().isEmpty();
        if (!empty) {
            return parameters;
        }
        Map<String, Json> members = new LinkedHashMap<>(parameters.members());
        members.put("additionalProperties", Json.of(false));
        return new Json.Obj(members);
    }

    /** One of several; what they define is known to all. */
    static Json anyOf(List<Json> choices) {
        Map<String, Json> definitions = new LinkedHashMap<>();
        choices.forEach(choice -> collect(choice, definitions));
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("anyOf", new Json.Arr(choices));
        if (!definitions.isEmpty()) {
            members.put("$defs", new Json.Obj(definitions));
        }
        return new Json.Obj(members);
    }

    private static void collect(Json schema, Map<String, Json> definitions) {
        switch (schema) {
            case Json.Obj object -> {
                if (object.get("$defs") instanceof Json.Obj found) {
                    found.members().forEach(definitions::putIfAbsent);
                }
                object.members().values().forEach(inner -> collect(inner, definitions));
            }
            case Json.Arr array -> array.items().forEach(inner -> collect(inner, definitions));
            default -> {}
        }
    }
}
