package dev.paca.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's suite AbstractAiServiceWithJsonSchemaIT. */
class PacaAiServiceWithJsonSchemaIT extends AbstractAiServiceWithJsonSchemaIT {
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
}
