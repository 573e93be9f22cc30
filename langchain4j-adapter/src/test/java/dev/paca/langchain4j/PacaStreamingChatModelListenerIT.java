package dev.paca.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's suite for listeners; the model that fails has no room for any prompt. */
class PacaStreamingChatModelListenerIT extends AbstractStreamingChatModelListenerIT {
    private static final PacaModel MODEL = Scripted.model(2048, Script::answers);
    private static final PacaModel SMALL = Scripted.model(4, Script::answers);

    @AfterAll
    static void close() {
        MODEL.close();
        SMALL.close();
    }

    @Override
    protected StreamingChatModel createModel(ChatModelListener listener) {
        return builder(listener).model(MODEL).build();
    }

    @Override
    protected StreamingChatModel createFailingModel(ChatModelListener listener) {
        return builder(listener).model(SMALL).maxOutputTokens(1).build();
    }

    private PacaStreamingChatModel.PacaStreamingChatModelBuilder builder(ChatModelListener listener) {
        return PacaStreamingChatModel.builder()
                .modelName(modelName())
                .temperature(temperature())
                .topP(topP())
                .maxOutputTokens(maxTokens())
                .listeners(listener);
    }

    @Override
    protected String modelName() {
        return "scripted";
    }

    @Override
    protected Class<? extends Exception> expectedExceptionClass() {
        return InvalidRequestException.class;
    }
}
