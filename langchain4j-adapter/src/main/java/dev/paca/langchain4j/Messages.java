package dev.paca.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** LangChain4j's messages as Paca's. */
final class Messages {
    private Messages() {}

    static List<Message> of(List<ChatMessage> messages) {
        List<Message> all = new ArrayList<>();
        Set<String> called = new HashSet<>();
        for (ChatMessage message : messages) {
            all.add(
                    switch (message) {
                        case null ->
                            throw new InvalidRequestException(
                                    "Message " + (all.size() + 1) + " is null; leave it out.");
                        case SystemMessage system -> Message.system(system.text());
                        case UserMessage user -> Message.user(text(user.contents()));
                        case AiMessage ai -> assistant(ai, called);
                        case ToolExecutionResultMessage result -> result(result, called);
                        default ->
                            throw new UnsupportedFeatureException(
                                    "messages of type " + message.type() + " are not supported");
                    });
        }
        return all;
    }

    /**
     * The same messages, the user's last one with the form of the answer after it, where AI services put it for models that
     * know no schemas.
     */
    static List<Message> told(List<Message> messages, Json schema, boolean tools) {
        List<Message> all = new ArrayList<>(messages);
        int last = all.size() - 1;
        while (last >= 0 && all.get(last).role() != Role.USER) {
            last--;
        }
        String told = (tools ? "Call a tool, or answer" : "Answer") + " with JSON that fits this schema: " + schema;
        if (last < 0) {
            all.add(Message.user(told));
        } else {
            all.set(last, Message.user(all.get(last).content() + "\n\n" + told));
        }
        return all;
    }

    private static Message assistant(AiMessage message, Set<String> called) {
        List<ToolCall> calls = new ArrayList<>();
        for (ToolExecutionRequest request : message.toolExecutionRequests()) {
            String id = orEmpty(request.id());
            if (orEmpty(request.name()).isBlank()) {
                throw new InvalidRequestException(
                        "A tool call (id " + id + ") of an assistant's message does not say which tool it calls.");
            }
            called.add(id.isEmpty() ? request.name() : id);
            calls.add(new ToolCall(id, request.name(), arguments(request)));
        }
        return Message.assistant(orEmpty(message.text()), orEmpty(message.thinking()), calls);
    }

    private static Json.Obj arguments(ToolExecutionRequest request) {
        String text = orEmpty(request.arguments());
        try {
            return text.isBlank() ? new Json.Obj(Map.of()) : Json.parseObject(text);
        } catch (PacaException e) {
            throw new InvalidRequestException(
                    "The arguments of the call of tool " + request.name() + " are no JSON object: " + e.getMessage(),
                    e);
        }
    }

    private static Message result(ToolExecutionResultMessage message, Set<String> called) {
        String id = orEmpty(message.id());
        if (!called.contains(id) && !called.contains(orEmpty(message.toolName()))) {
            throw new InvalidRequestException("The result of tool " + message.toolName() + " (id " + id
                    + ") has no call before it. Keep the assistant's message that called it in the conversation.");
        }
        if (message.contents().stream().anyMatch(content -> !(content instanceof TextContent))) {
            throw new UnsupportedFeatureException(
                    "tool results with non-text content are not supported: Paca runs text models");
        }
        return Message.tool(id, orEmpty(message.toolName()), text(message.contents()));
    }

    private static String text(List<Content> contents) {
        return contents.stream().map(Messages::text).collect(Collectors.joining("\n"));
    }

    private static String text(Content content) {
        if (content instanceof TextContent text) {
            return text.text();
        }
        throw new UnsupportedFeatureException(
                content.type().name().toLowerCase(Locale.ROOT) + " content is not supported: Paca runs text models");
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
