package dev.paca.langchain4j;

import static dev.langchain4j.spi.ServiceHelper.loadFactories;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.paca.kv.PacaException;
import dev.paca.model.engine.Session;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A model on this machine, telling its answer as it is made. A request returns at once; all that is told comes on one
 * thread, which is not the caller's. Safe for all threads.
 */
public class PacaStreamingChatModel implements StreamingChatModel, AutoCloseable {
    private final Core core;

    /** @throws LangChain4jException if the model cannot be loaded, or something is not supported */
    public PacaStreamingChatModel(PacaStreamingChatModelBuilder builder) {
        core = builder.core();
    }

    @Override
    public void doChat(ChatRequest chatRequest, StreamingChatResponseHandler handler) {
        try {
            start(chatRequest, handler);
        } catch (UnsupportedFeatureException e) {
            throw e;
        } catch (LangChain4jException e) {
            Thread.ofVirtual().name("paca-error").start(() -> Streaming.fail(handler, e));
        } catch (PacaException e) {
            Thread.ofVirtual().name("paca-error").start(() -> Streaming.fail(handler, Failures.map(e)));
        }
    }

    private void start(ChatRequest chatRequest, StreamingChatResponseHandler handler) {
        Request request = core.request(chatRequest);
        Session session = core.session(request);
        Streaming streaming = new Streaming(core, session, request.reader(), handler);
        try {
            streaming.started(session.start(request.prompt(), request.options(), streaming));
        } catch (PacaException e) {
            core.release(session);
            throw e;
        }
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

    /** A builder; frameworks may provide their own by {@link PacaStreamingChatModelBuilderFactory}. */
    public static PacaStreamingChatModelBuilder builder() {
        for (PacaStreamingChatModelBuilderFactory factory : loadFactories(PacaStreamingChatModelBuilderFactory.class)) {
            return factory.get();
        }
        return new PacaStreamingChatModelBuilder();
    }

    /** Builds a {@link PacaStreamingChatModel}. */
    public static class PacaStreamingChatModelBuilder extends PacaBuilder<PacaStreamingChatModelBuilder> {
        public PacaStreamingChatModelBuilder() {}

        public PacaStreamingChatModel build() {
            return new PacaStreamingChatModel(this);
        }
    }

    /** How a framework provides builders of its own. */
    public interface PacaStreamingChatModelBuilderFactory extends Supplier<PacaStreamingChatModelBuilder> {}
}
