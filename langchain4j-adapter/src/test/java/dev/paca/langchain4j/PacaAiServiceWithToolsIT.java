package dev.paca.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's suite AbstractAiServiceWithToolsIT. */
class PacaAiServiceWithToolsIT extends AbstractAiServiceWithToolsIT {
    private static final PacaModel MODEL = Scripted.model(4096, Script::answers);

    @AfterAll
    static void close() {
        MODEL.close();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(PacaChatModel.builder().model(MODEL).build());
    }

    @Override
    protected boolean supportsRecursion() {
        return true;
    }

    @Override
    protected boolean supportsMapParameters() {
        return true;
    }

    /** One of our own: the suite's is on the network. */
    @Override
    protected Image catImage() {
        return Image.builder().base64Data("aGVsbG8=").mimeType("image/png").build();
    }
}
