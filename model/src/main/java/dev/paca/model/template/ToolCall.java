package dev.paca.model.template;

import dev.paca.model.json.Json;

/**
 * What an assistant wants done.
 *
 * @param id by which the answer refers to it; may be empty
 * @param name the tool's name
 * @param arguments by the tool's parameters
 */
public record ToolCall(String id, String name, Json.Obj arguments) {}
