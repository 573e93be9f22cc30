package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.service.AiServices;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the README shows, run: each of its pieces of Java stands here, line for line. */
class ReadmeTest {
    interface Assistant {
        String chat(String message);
    }

    class Weather {
        @Tool("the weather of today")
        String getWeather(String city) {
            return "sunny in " + city;
        }
    }

    @Test
    void thePiecesOfJavaInTheReadmeStandHere() throws IOException {
        List<String> here = stripped(Files.readAllLines(Path.of("src/test/java/dev/paca/langchain4j/ReadmeTest.java")));
        List<String> piece = new ArrayList<>();
        boolean java = false;
        int pieces = 0;
        for (String line : stripped(Files.readAllLines(Path.of("README.md")))) {
            if (line.equals("```java")) {
                java = true;
            } else if (java && line.equals("```")) {
                assertThat(Collections.indexOfSubList(here, piece))
                        .as("%s", piece)
                        .isNotNegative();
                piece.clear();
                java = false;
                pieces++;
            } else if (java) {
                piece.add(line);
            }
        }
        assertThat(pieces).isEqualTo(7);
    }

    private static List<String> stripped(List<String> lines) {
        return lines.stream().map(String::strip).toList();
    }

    @Test
    void chat() {
        PacaChatModel model = PacaChatModel.builder().temperature(0.0).build();
        String answer = model.chat("The pass key is 74291. Remember it. What is the pass key?");
        model.close();
        assertThat(answer).contains("74291");
    }

    @Test
    void stream() {
        PacaStreamingChatModel model =
                PacaStreamingChatModel.builder().maxOutputTokens(32).build();
        StringBuilder told = new StringBuilder();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        model.chat("Hello!", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String text) {
                told.append(text);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                end.completeExceptionally(error);
            }
        });
        assertThat(end.join().aiMessage().text()).isEqualTo(told.toString()).isNotEmpty();
        model.close();
    }

    @Test
    void oneModelForMany() {
        Path file = Model.embeddedFile();
        PacaModel loaded = PacaModel.load(file, ModelOptions.DEFAULT);
        PacaChatModel blocking = PacaChatModel.builder().model(loaded).build();
        PacaStreamingChatModel streaming =
                PacaStreamingChatModel.builder().model(loaded).build();
        assertThat(blocking.defaultRequestParameters()).isEqualTo(streaming.defaultRequestParameters());
        loaded.close();
    }

    @Test
    void assistantWithMemory() {
        try (PacaModel loaded = PacaModel.embedded(ModelOptions.DEFAULT)) {
            PacaChatModel model =
                    PacaChatModel.builder().model(loaded).temperature(0.0).build();
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(model)
                    .chatMemory(MessageWindowChatMemory.withMaxMessages(20))
                    .build();
            assistant.chat("The pass key is 74291. Remember it.");
            String answer = assistant.chat("What is the pass key?");
            assertThat(answer).contains("74291");
        }
    }

    @Test
    void assistantWithTool() {
        try (PacaModel loaded = Scripted.model(2048, Script::answers)) {
            PacaChatModel model = PacaChatModel.builder().model(loaded).build();
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(model)
                    .tools(new Weather())
                    .build();
            String answer = assistant.chat("What is the weather in Munich?");
            assertThat(answer).contains("sunny in Munich");
        }
    }

    /** The document is about 2,000 tokens here, and 30,000 in the slow form. */
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
        String filler = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. ";
        String document = filler.repeat(sentences / 3) + "The pass key is 74291. Remember it. 74291 is the pass key. "
                + filler.repeat(sentences - sentences / 3);
        PacaChatModel model = PacaChatModel.builder()
                .kvPolicy("quest:budget=512")
                .temperature(0.0)
                .build();
        ChatResponse response = model.chat(UserMessage.from(document + "\nWhat is the pass key?"));
        String answer = response.aiMessage().text();
        model.close();
        assertThat(answer).contains("74291");
        assertThat(response.tokenUsage().inputTokenCount()).isGreaterThan(24 * sentences);
    }
}
