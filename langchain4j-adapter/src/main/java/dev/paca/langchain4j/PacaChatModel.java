package dev.paca.langchain4j;

import static dev.langchain4j.spi.ServiceHelper.loadFactories;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.paca.model.answer.Answer;
import dev.paca.model.answer.AnswerPart;
import dev.paca.model.answer.AnswerReader;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** A model on this machine, answering when the answer is complete. Safe for all threads. */
public class PacaChatModel implements ChatModel, AutoCloseable {
    private final Core core;

    /** @throws dev.langchain4j.exception.LangChain4jException if the model cannot be loaded, or something is not supported */
    public PacaChatModel(PacaChatModelBuilder builder) {
        core = builder.core();
    }

    @Override
    public ChatResponse doChat(ChatRequest chatRequest) {
        return Failures.mapped(() -> {
            Request request = core.request(chatRequest);
            Session session = core.session(request);
            GenerationResult result;
            try {
                result = session.generate(request.prompt(), request.options());
            } finally {
                core.release(session);
            }
            AnswerReader reader = request.reader();
            List<AnswerPart> parts = new ArrayList<>(reader.accept(result.text()));
            parts.addAll(reader.finish());
            Core.Settings settings = core.settings();
            return core.told(Responses.of(result, Answer.of(parts), settings.name(), settings.returnThinking()));
        });
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return core.settings().parameters();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return core.settings().listeners();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return core.settings().capabilities();
    }

    /** Frees the model if this object loaded it; requests on their way end with an error. */
    @Override
    public void close() {
        core.close();
    }

    /** A builder; frameworks may provide their own by {@link PacaChatModelBuilderFactory}. */
    public static PacaChatModelBuilder builder() {
        for (PacaChatModelBuilderFactory factory : loadFactories(PacaChatModelBuilderFactory.class)) {
            return factory.get();
        }
        return new PacaChatModelBuilder();
    }

    /** Builds a {@link PacaChatModel}. */
    public static class PacaChatModelBuilder extends PacaBuilder<PacaChatModelBuilder> {
        public PacaChatModelBuilder() {}

        public PacaChatModel build() {
            return new PacaChatModel(this);
        }
    }

    /** How a framework provides builders of its own. */
    public interface PacaChatModelBuilderFactory extends Supplier<PacaChatModelBuilder> {}
}
