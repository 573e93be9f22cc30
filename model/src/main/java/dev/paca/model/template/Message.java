package dev.paca.model.template;

import java.util.List;

/**
 * One message of a conversation.
 *
 * @param role who speaks
 * @param content what is said; may be empty
 * @param thinking what an assistant thought before; empty if nothing
 * @param toolCalls what an assistant wants done, in order
 * @param toolCallId of a tool's answer: the call that it answers; else empty
 * @param name of a tool's answer: the tool's name; else empty
 */
public record Message(
        Role role, String content, String thinking, List<ToolCall> toolCalls, String toolCallId, String name) {
    public Message {
        toolCalls = List.copyOf(toolCalls);
    }

    public Message(Role role, String content) {
        this(role, content, "", List.of(), "", "");
    }

    public static Message system(String content) {
        return new Message(Role.SYSTEM, content);
    }

    public static Message user(String content) {
        return new Message(Role.USER, content);
    }

    public static Message assistant(String content) {
        return new Message(Role.ASSISTANT, content);
    }

    /** An assistant's message with tool calls, thinking, or both; empty where there is none. */
    public static Message assistant(String content, String thinking, List<ToolCall> toolCalls) {
        return new Message(Role.ASSISTANT, content, thinking, toolCalls, "", "");
    }

    /** A tool's answer to a call. */
    public static Message tool(String toolCallId, String name, String content) {
        return new Message(Role.TOOL, content, "", List.of(), toolCallId, name);
    }
}
