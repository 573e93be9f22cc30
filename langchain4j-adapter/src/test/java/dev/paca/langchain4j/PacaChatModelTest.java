package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.paca.model.ModelOptions;
import dev.paca.model.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PacaChatModelTest {
    @Test
    void theEmbeddedModelAnswersRemembersAndWritesJson() {
        try (PacaModel loaded = PacaModel.embedded(ModelOptions.DEFAULT.withContextLength(2048))) {
            PacaChatModel model = PacaChatModel.builder()
                    .model(loaded)
                    .temperature(0.0)
                    .maxOutputTokens(24)
                    .build();
            List<dev.langchain4j.data.message.ChatMessage> talk = new ArrayList<>();
            talk.add(UserMessage.from("The pass key is 74291. Remember it. What is the pass key?"));
            ChatResponse first = model.chat(talk);
            assertThat(first.aiMessage().text()).isNotBlank();
            talk.add(first.aiMessage());
            talk.add(UserMessage.from("Say it again."));
            PacaChatResponseMetadata second =
                    (PacaChatResponseMetadata) model.chat(talk).metadata();
            assertThat(second.reusedTokens()).isGreaterThan(16);
            assertThat(second.kvBytes()).isPositive();
            ChatRequest json = ChatRequest.builder()
                    .messages(UserMessage.from("Describe a fox."))
                    .responseFormat(ResponseFormat.JSON)
                    .temperature(1.0)
                    .maxOutputTokens(40)
                    .build();
            assertThat(Json.parse(model.chat(json).aiMessage().text())).isInstanceOf(Json.Obj.class);
            assertThat(new PacaTokenCountEstimator(loaded).estimateTokenCountInMessages(talk))
                    .isGreaterThan(20);
        }
    }

    @Test
    void badRequestsGetTheExceptionsThatLangChain4jPrescribes() {
        assertThatThrownBy(() -> PacaChatModel.builder()
                        .modelPath(Path.of("no-such-file.gguf"))
                        .build())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("no-such-file.gguf");
        PacaModel loaded = Scripted.model(64, Script::answers);
        PacaChatModel model = PacaChatModel.builder().model(loaded).build();
        assertThatThrownBy(() -> model.chat("many words ".repeat(200)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("the context holds 64");
        assertThatThrownBy(() -> model.chat(
                        UserMessage.from("Hi"),
                        AiMessage.from("Hello"),
                        ToolExecutionResultMessage.from("x", "t", "5")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("has no call before it");
        assertThatThrownBy(() -> PacaChatModel.builder().model(loaded).topP(3.0).build())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("top-p is 3");
        assertThat(model.chat("What is the capital of Germany?")).contains("Berlin");
        loaded.close();
        assertThatThrownBy(() -> model.chat("Hi"))
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("closed");
    }

    /** The scripted model says back what it was asked. */
    @Test
    void theModelReadsTheSchemaUnlessItIsNotTo() {
        JsonSchema schema = JsonSchema.builder()
                .name("Person")
                .rootElement(JsonObjectSchema.builder()
                        .addStringProperty("name", "as in the passport")
                        .build())
                .build();
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("Who?"), AiMessage.from("Who what?"), UserMessage.from("Who asks?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(schema)
                        .build())
                .build();
        List<String> prompts = Collections.synchronizedList(new ArrayList<>());
        try (PacaModel loaded = Scripted.model(512, prompt -> {
            prompts.add(prompt);
            return List.of("{\"name\":\"Klaus\"}");
        })) {
            assertThat(PacaChatModel.builder()
                            .model(loaded)
                            .build()
                            .chat(request)
                            .aiMessage()
                            .text())
                    .isEqualTo("{\"name\":\"Klaus\"}");
            assertThat(prompts.getLast())
                    .contains("[user]Who?[end]")
                    .contains("[user]Who asks?\n\nAnswer with JSON that fits this schema: {\"type\":\"object\"")
                    .contains("as in the passport");
            PacaChatModel.builder().model(loaded).tellSchema(false).build().chat(request);
            assertThat(prompts.getLast()).contains("[user]Who asks?[end]");
        }
    }

    @Test
    void rawSchemasAreKeptToOrRefusedByName() {
        List<String> answers = List.of("{\"n\":12}", "{\"n\":5}");
        try (PacaModel loaded = Scripted.model(512, prompt -> answers)) {
            PacaChatModel model = PacaChatModel.builder().model(loaded).build();
            String bounded = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"maximum\":9}},"
                    + "\"required\":[\"n\"]}";
            assertThat(model.chat(raw(bounded)).aiMessage().text())
                    .as("the first answer is likelier, but exceeds the bound")
                    .isEqualTo("{\"n\":5}");
            assertThatThrownBy(() -> model.chat(raw("{\"type\":\"string\",\"pattern\":\"a+\"}")))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("the keyword 'pattern' is not supported");
            assertThatThrownBy(() -> model.chat(raw("{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}")))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("no integer of at most 15 digits before the point is within its bounds");
            assertThat(model.chat("Hm?")).as("the model goes on").isNotBlank();
        }
    }

    private static ChatRequest raw(String schema) {
        return ChatRequest.builder()
                .messages(UserMessage.from("Hm?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("Raw")
                                .rootElement(JsonRawSchema.from(schema))
                                .build())
                        .build())
                .build();
    }

    @Test
    void saysWhatItSupports() {
        try (PacaModel loaded = Scripted.model(64, Script::answers)) {
            assertThat(PacaChatModel.builder().model(loaded).build().supportedCapabilities())
                    .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
            assertThat(PacaStreamingChatModel.builder()
                            .model(loaded)
                            .supportedCapabilities()
                            .build()
                            .supportedCapabilities())
                    .isEmpty();
        }
    }

    @Test
    void manyStreamsAtOnceAnswerAsEachAlone() throws Exception {
        streams(3);
    }

    @Tag("slow")
    @Test
    void manyStreamsAtOnceForFiveMinutes() throws Exception {
        streams(300);
    }

    /** 32 at a time, a third of them cancelled at a random part; then nothing of them is left. */
    private static void streams(int seconds) throws Exception {
        try (PacaModel loaded = Scripted.model(1024, Script::answers)) {
            PacaStreamingChatModel model =
                    PacaStreamingChatModel.builder().model(loaded).build();
            String[] questions = {"What is the capital of Germany?", "Tell me a long story", "Say 'Hello World'", "Hm?"
            };
            List<String> alone = new ArrayList<>();
            for (String question : questions) {
                alone.add(ask(model, question, Integer.MAX_VALUE).get(60, TimeUnit.SECONDS));
            }
            Random random = new Random(9);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            int asked = 0;
            do {
                List<CompletableFuture<String>> answers = new ArrayList<>();
                List<Integer> which = new ArrayList<>();
                for (int i = 0; i < 32; i++) {
                    which.add(random.nextInt(questions.length));
                    int stop = i % 3 == 0 ? random.nextInt(1, 20) : Integer.MAX_VALUE;
                    answers.add(ask(model, questions[which.get(i)], stop));
                    asked++;
                }
                for (int i = 0; i < 32; i++) {
                    String answer = answers.get(i).get(60, TimeUnit.SECONDS);
                    String whole = alone.get(which.get(i));
                    if (i % 3 == 0) {
                        assertThat(whole).startsWith(answer);
                    } else {
                        assertThat(answer).isEqualTo(whole);
                    }
                }
            } while (System.nanoTime() < end);
            assertThat(asked).isGreaterThanOrEqualTo(32);
            model.doChat(
                    ChatRequest.builder().messages(UserMessage.from("Hm?")).build(),
                    new Collector(1, new CompletableFuture<>()));
            loaded.sessions().close();
            for (int i = 0; i < 200 && loaded.engine().usage().pages() > 0; i++) {
                Thread.sleep(50);
            }
            assertThat(loaded.engine().usage().pages()).isZero();
        }
    }

    private static CompletableFuture<String> ask(PacaStreamingChatModel model, String question, int stop) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        model.chat(ChatRequest.builder().messages(UserMessage.from(question)).build(), new Collector(stop, answer));
        return answer;
    }

    /** Collects an answer, or cancels it at a part and gives what there is. */
    private static final class Collector implements StreamingChatResponseHandler {
        private final StringBuilder text = new StringBuilder();
        private final int stop;
        private final CompletableFuture<String> answer;
        private int parts;

        Collector(int stop, CompletableFuture<String> answer) {
            this.stop = stop;
            this.answer = answer;
        }

        @Override
        public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            text.append(part.text());
            if (++parts == stop) {
                context.streamingHandle().cancel();
                answer.complete(text.toString());
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            assertThat(response.aiMessage().text()).isEqualTo(text.toString());
            answer.complete(text.toString());
        }

        @Override
        public void onError(Throwable error) {
            answer.completeExceptionally(error);
        }
    }
}
