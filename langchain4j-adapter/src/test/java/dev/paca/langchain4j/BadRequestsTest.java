package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bad input gets the exception that LangChain4j prescribes, with a sentence that helps; the model stays usable. */
class BadRequestsTest {
    private static final UserMessage HM = UserMessage.from("Hm?");

    private final PacaModel loaded = Scripted.model(64, Script::answers);
    private final PacaChatModel model = PacaChatModel.builder().model(loaded).build();

    @AfterEach
    void theModelStaysUsable() {
        assertThat(model.chat("What is the capital of Germany?")).contains("Berlin");
        loaded.close();
    }

    private static void refused(ThrowingCallable request, Class<?> type, String part) {
        assertThatThrownBy(request).isExactlyInstanceOf(type).hasMessageContaining(part);
    }

    private void invalid(String part, ChatMessage... messages) {
        refused(() -> model.chat(messages), InvalidRequestException.class, part);
    }

    private void unsupported(String part, ChatMessage... messages) {
        refused(() -> model.chat(messages), UnsupportedFeatureException.class, part);
    }

    private void invalid(String part, ChatRequest.Builder request) {
        refused(() -> model.chat(request.messages(HM).build()), InvalidRequestException.class, part);
    }

    @Test
    void messages() {
        refused(() -> model.chat(List.of()), IllegalArgumentException.class, "messages cannot be null or empty");
        refused(() -> model.chat((String) null), IllegalArgumentException.class, "text cannot be null");
        refused(
                () -> model.chat(Arrays.asList(HM, null)),
                InvalidRequestException.class,
                "Message 2 is null; leave it out.");
        assertThat(model.chat("")).as("an empty message is one").isNotBlank();
        unsupported("image content is not supported: Paca runs text models", image());
        unsupported("image content is not supported", UserMessage.from(TextContent.from("See"), imageContent()));
        unsupported("audio content is not supported", UserMessage.from(AudioContent.from("http://x/y.mp3")));
        unsupported("messages of type CUSTOM are not supported", CustomMessage.from(Map.of("a", "b")));
    }

    private static UserMessage image() {
        return UserMessage.from(imageContent());
    }

    private static ImageContent imageContent() {
        return ImageContent.from("aGk=", "image/png");
    }

    @Test
    void toolCallsAndResults() {
        invalid(
                "The result of tool t (id x) has no call before it",
                HM,
                AiMessage.from("Hello"),
                ToolExecutionResultMessage.from("x", "t", "5"));
        invalid("has no call before it", HM, ToolExecutionResultMessage.from(null, "t", "5"));
        ToolExecutionRequest nameless =
                ToolExecutionRequest.builder().id("1").arguments("{}").build();
        invalid("does not say which tool it calls", HM, AiMessage.from(nameless));
        ToolExecutionRequest broken = ToolExecutionRequest.builder()
                .id("1")
                .name("x")
                .arguments("{oh")
                .build();
        invalid("The arguments of the call of tool x are no JSON object", HM, AiMessage.from(broken));
        ToolSpecification impossible = ToolSpecification.builder()
                .name("x")
                .parameters(JsonObjectSchema.builder()
                        .addProperty(
                                "a",
                                JsonReferenceSchema.builder().reference("no").build())
                        .required("a")
                        .build())
                .build();
        invalid(
                "nothing is at #/$defs/no",
                ChatRequest.builder().toolChoice(ToolChoice.REQUIRED).toolSpecifications(impossible));
        refused(
                () -> model.chat(ChatRequest.builder()
                        .messages(HM)
                        .toolChoice(ToolChoice.REQUIRED)
                        .build()),
                UnsupportedFeatureException.class,
                "ToolChoice.REQUIRED without tools is not supported");
    }

    @Test
    void parameters() {
        invalid("The prompt has ", UserMessage.from("many words ".repeat(200)));
        invalid("the context holds 64", UserMessage.from("many words ".repeat(200)));
        invalid(
                "1000 more were asked for, but the context holds 64",
                ChatRequest.builder().maxOutputTokens(1000));
        invalid("ask for fewer tokens (maxOutputTokens)", ChatRequest.builder().maxOutputTokens(1000));
        invalid("maxOutputTokens is -5", ChatRequest.builder().maxOutputTokens(-5));
        invalid("temperature is NaN", ChatRequest.builder().temperature(Double.NaN));
        invalid("top-p is 3", ChatRequest.builder().topP(3.0));
        invalid("A stop string is empty", ChatRequest.builder().stopSequences(List.of("")));
        invalid("A stop sequence is null", ChatRequest.builder().stopSequences(Arrays.asList("a", null)));
        invalid(
                "KV policy 'nope'",
                ChatRequest.builder()
                        .parameters(PacaChatRequestParameters.builder()
                                .kvPolicy("nope:x=1")
                                .build()));
        refused(
                () -> model.chat(
                        ChatRequest.builder().messages(HM).modelName("gpt").build()),
                UnsupportedFeatureException.class,
                "modelName is not supported in a request");
    }

    @Test
    void construction() {
        refused(
                () -> PacaChatModel.builder()
                        .modelPath(Path.of("no-such-file.gguf"))
                        .build(),
                ModelNotFoundException.class,
                "no-such-file.gguf: there is no such file");
        refused(
                () -> PacaChatModel.builder().modelPath(Path.of("pom.xml")).build(),
                InvalidRequestException.class,
                "pom.xml: this is not a GGUF file");
        refused(
                () -> PacaChatModel.builder().device("nope").build(),
                InvalidRequestException.class,
                "There is no device nope");
        refused(
                () -> PacaChatModel.builder().kvCacheType("nope").build(),
                InvalidRequestException.class,
                "There is no KV storage 'nope'");
        refused(
                () -> PacaChatModel.builder().contextLength(-3).build(),
                InvalidRequestException.class,
                "The context length (contextLength) is -3");
        refused(
                () -> PacaChatModel.builder().model(loaded).topP(3.0).build(),
                InvalidRequestException.class,
                "top-p is 3");
    }

    @Test
    void streams() {
        PacaStreamingChatModel streaming =
                PacaStreamingChatModel.builder().model(loaded).build();
        ChatRequest image = ChatRequest.builder().messages(image()).build();
        refused(() -> told(streaming, image), UnsupportedFeatureException.class, "image content is not supported");
        ChatRequest tooLong = ChatRequest.builder()
                .messages(UserMessage.from("many words ".repeat(200)))
                .build();
        assertThat((Throwable) told(streaming, tooLong))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("the context holds 64");
    }

    /** What a stream's handler is told in the end. */
    private static Object told(PacaStreamingChatModel model, ChatRequest request) {
        CompletableFuture<Object> end = new CompletableFuture<>();
        model.chat(request, new StreamingChatResponseHandler() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                end.complete(error);
            }
        });
        return end.join();
    }

    @Test
    void useAfterClose() {
        PacaModel closed = Scripted.model(64, Script::answers);
        PacaChatModel late = PacaChatModel.builder().model(closed).build();
        PacaStreamingChatModel stream =
                PacaStreamingChatModel.builder().model(closed).build();
        closed.close();
        closed.close();
        late.close();
        refused(() -> late.chat("Hm?"), InvalidRequestException.class, "The model is closed");
        assertThat((Throwable) told(stream, ChatRequest.builder().messages(HM).build()))
                .isExactlyInstanceOf(InvalidRequestException.class);
    }
}
