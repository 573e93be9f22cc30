package dev.paca.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.paca.kv.PacaException;
import dev.paca.model.engine.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;

/** What both chat models do alike. */
final class Core implements AutoCloseable {
    private static final Logger LOG = System.getLogger("dev.paca.langchain4j");

    /** What does not change between requests. */
    record Settings(
            String name,
            PacaChatRequestParameters parameters,
            List<ChatModelListener> listeners,
            Set<Capability> capabilities,
            boolean returnThinking,
            boolean tellSchema,
            boolean logRequests,
            boolean logResponses) {}

    private final PacaModel model;
    private final boolean own;
    private final Settings settings;

    Core(PacaModel model, boolean own, Settings settings) {
        this.model = model;
        this.own = own;
        this.settings = settings;
        Request.check(settings.parameters(), model, settings.name());
    }

    Settings settings() {
        return settings;
    }

    Request request(ChatRequest request) {
        if (settings.logRequests()) {
            LOG.log(Level.INFO, "Request: {0}", request);
        }
        return Request.of(request, model, settings.name(), settings.tellSchema());
    }

    /** A session for a request; {@link #release} takes it back. */
    Session session(Request request) {
        Session session = model.sessions().take(request.policy(), request.prompt());
        session.protect(request.instruction());
        return session;
    }

    void release(Session session) {
        try {
            model.sessions().give(session);
        } catch (PacaException e) {
            // The model was closed meanwhile, and the session with it.
            session.close();
        }
    }

    ChatResponse told(ChatResponse response) {
        if (settings.logResponses()) {
            LOG.log(Level.INFO, "Response: {0}", response);
        }
        return response;
    }

    @Override
    public void close() {
        if (own) {
            model.close();
        }
    }
}
