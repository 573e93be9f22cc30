package dev.paca.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's suite for chat models. Switched off: images, and other models' names, which a text model in memory has not. */
class PacaChatModelIT extends AbstractChatModelIT {
    private static final PacaModel MODEL = Scripted.model(2048, Script::answers);

    @AfterAll
    static void close() {
        MODEL.close();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(PacaChatModel.builder().model(MODEL).build());
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return PacaChatModel.builder()
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
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(ChatModel model) {
        return PacaChatResponseMetadata.class;
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
