package dev.paca.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.paca.model.answer.Answer;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.template.ToolCall;
import java.util.UUID;

/** Answers as LangChain4j's responses. */
final class Responses {
    private Responses() {}

    static ToolExecutionRequest call(ToolCall call) {
        return ToolExecutionRequest.builder()
                .id(call.id())
                .name(call.name())
                .arguments(call.arguments().toString())
                .build();
    }

    static ChatResponse of(GenerationResult result, Answer answer, String modelName, boolean returnThinking) {
        AiMessage.Builder message = new AiMessage.Builder();
        if (!answer.text().isEmpty() || answer.calls().isEmpty()) {
            message.text(answer.text());
        }
        if (returnThinking && !answer.thinking().isEmpty()) {
            message.thinking(answer.thinking());
        }
        message.toolExecutionRequests(
                answer.calls().stream().map(Responses::call).toList());
        FinishReason reason = !answer.calls().isEmpty()
                ? FinishReason.TOOL_EXECUTION
                : switch (result.reason()) {
                    case STOP -> FinishReason.STOP;
                    case LENGTH -> FinishReason.LENGTH;
                    case CANCELLED -> FinishReason.OTHER;
                };
        PacaChatResponseMetadata.Builder metadata = new PacaChatResponseMetadata.Builder()
                .of(result)
                .id(UUID.randomUUID().toString())
                .modelName(modelName)
                .tokenUsage(new TokenUsage(result.promptTokens(), result.tokens().length))
                .finishReason(reason);
        return ChatResponse.builder()
                .aiMessage(message.build())
                .metadata(metadata.build())
                .build();
    }
}
