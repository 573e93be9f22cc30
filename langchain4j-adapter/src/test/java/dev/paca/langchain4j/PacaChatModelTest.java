package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.paca.model.ModelOptions;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

    /** The same long text is kept as an instruction, and evicted as a question. */
    @Test
    void evictionKeepsTheInstruction() {
        String text = "Answer what you are asked, in few words. ".repeat(10);
        try (PacaChatModel model = PacaChatModel.builder()
                .kvPolicy("streaming-llm:budget=32,every=8")
                .maxOutputTokens(12)
                .temperature(0.0)
                .build()) {
            long kept = kvBytes(model, SystemMessage.from(text), UserMessage.from("Hello."));
            long evicted = kvBytes(model, UserMessage.from(text), AiMessage.from("Yes."), UserMessage.from("Hello."));
            assertThat(kept).isGreaterThan(2 * evicted);
        }
    }

    private static long kvBytes(PacaChatModel model, ChatMessage... messages) {
        return ((PacaChatResponseMetadata) model.chat(messages).metadata()).kvBytes();
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
}
