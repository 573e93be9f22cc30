package dev.paca.langchain4j;

import static org.mockito.ArgumentMatchers.argThat;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.mockito.InOrder;

/** LangChain4j's suite for streaming chat models. Switched off: partial tool calls, since a call is told when it is complete; images, and other models' names, which a text model in memory has not. */
class PacaStreamingChatModelIT extends AbstractStreamingChatModelIT {
    private static final PacaModel MODEL = Scripted.model(2048, Script::answers);

    @AfterAll
    static void close() {
        MODEL.close();
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(PacaStreamingChatModel.builder().model(MODEL).build());
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return PacaStreamingChatModel.builder()
                .model(MODEL)
                .defaultRequestParameters(parameters)
                .build();
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return PacaChatRequestParameters.builder()
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return PacaChatResponseMetadata.class;
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return PacaStreamingChatModel.builder().model(MODEL).listeners(listener).build();
    }

    @Override
    protected boolean supportsPartialToolStreaming(StreamingChatModel model) {
        return false;
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id) {
        io.verify(handler).onCompleteToolCall(complete(0, id, "getWeather", "{\"city\":\"Munich\"}"));
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, StreamingChatModel model) {
        io.verify(handler)
                .onCompleteToolCall(argThat(call -> call.index() == 0
                        && call.toolExecutionRequest().name().equals("get_current_time")
                        && call.toolExecutionRequest().arguments().equals("{}")));
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String first, String second) {
        verifyToolCallbacks(handler, io, first);
        io.verify(handler).onCompleteToolCall(complete(1, second, "getTime", "{\"country\":\"France\"}"));
    }

    @Override
    protected boolean supportsModelNameParameter() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsBase64EncodedString() {
        return false;
    }

    @Override
    protected boolean supportsMultipleImageInputsAsBase64EncodedStrings() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsPublicURL() {
        return false;
    }

    @Override
    protected boolean supportsMultipleImageInputsAsPublicURLs() {
        return false;
    }
}
