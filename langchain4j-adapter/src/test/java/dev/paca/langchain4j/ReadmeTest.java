package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.service.AiServices;
import dev.paca.model.ModelOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the README shows, run. */
class ReadmeTest {
    interface Assistant {
        String chat(String message);
    }

    static class Weather {
        @Tool
        String getWeather(String city) {
            return "sunny in " + city;
        }
    }

    @Test
    void chat() {
        try (PacaChatModel model = PacaChatModel.builder().maxOutputTokens(64).build()) {
            String answer = model.chat("What is the pass key?");
            assertThat(answer).isNotBlank();
        }
    }

    @Test
    void stream() throws Exception {
        try (PacaModel loaded = PacaModel.embedded(ModelOptions.DEFAULT)) {
            PacaStreamingChatModel model = PacaStreamingChatModel.builder()
                    .model(loaded)
                    .maxOutputTokens(16)
                    .build();
            CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
            StringBuilder told = new StringBuilder();
            model.chat("Hello!", new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(String text) {
                    told.append(text);
                }

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    answer.complete(response);
                }

                @Override
                public void onError(Throwable error) {
                    answer.completeExceptionally(error);
                }
            });
            assertThat(answer.get(30, TimeUnit.SECONDS).aiMessage().text()).isEqualTo(told.toString());
        }
    }

    @Test
    void assistantWithMemoryAndTool() {
        try (PacaModel loaded = Scripted.model(2048, Script::answers)) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(PacaChatModel.builder().model(loaded).build())
                    .chatMemory(MessageWindowChatMemory.withMaxMessages(20))
                    .tools(new Weather())
                    .build();
            assertThat(assistant.chat("What is the weather in Munich?")).contains("sunny in Munich");
            assertThat(assistant.chat("What is the capital of Germany?")).contains("Berlin");
        }
    }

    /** The document is about 2,000 tokens here, and 28,000 in the slow form. */
    @Test
    void retrievalOverALongDocument() {
        retrieve(100);
    }

    @Tag("slow")
    @Test
    void retrievalOverAVeryLongDocument() {
        retrieve(1350);
    }

    private static void retrieve(int sentences) {
        try (PacaModel loaded = PacaModel.embedded(ModelOptions.DEFAULT)) {
            PacaChatModel model = PacaChatModel.builder()
                    .model(loaded)
                    .temperature(0.0)
                    .maxOutputTokens(16)
                    .kvPolicy("quest:budget=512")
                    .build();
            String filler =
                    "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. ";
            String document =
                    filler.repeat(sentences / 3) + "The pass key is 74291. Remember it. 74291 is the pass key. "
                            + filler.repeat(sentences - sentences / 3);
            ChatRequest request = ChatRequest.builder()
                    .messages(UserMessage.from(document + "\nWhat is the pass key?"))
                    .build();
            ChatResponse response = model.chat(request);
            assertThat(response.metadata().tokenUsage().inputTokenCount()).isGreaterThan(20 * sentences);
            assertThat(response.aiMessage().text()).contains("74291");
        }
    }
}
