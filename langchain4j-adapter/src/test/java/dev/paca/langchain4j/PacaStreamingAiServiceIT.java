package dev.paca.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's suite AbstractStreamingAiServiceIT. */
class PacaStreamingAiServiceIT extends AbstractStreamingAiServiceIT {
    private static final PacaModel MODEL = Scripted.model(4096, Script::answers);

    @AfterAll
    static void close() {
        MODEL.close();
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(PacaStreamingChatModel.builder().model(MODEL).build());
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return PacaChatResponseMetadata.class;
    }
}
