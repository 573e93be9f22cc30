package dev.paca.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.paca.kv.PacaException;
import dev.paca.model.answer.Answer;
import dev.paca.model.answer.AnswerPart;
import dev.paca.model.answer.AnswerReader;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells a handler of an answer as it is made. What the handler throws goes to its own {@code onError}. */
final class Streaming implements GenerationListener, StreamingHandle {
    private final Core core;
    private final Session session;
    private final AnswerReader reader;
    private final StreamingChatResponseHandler handler;
    private final List<AnswerPart> parts = new ArrayList<>();
    private volatile @Nullable Generation generation;
    private volatile boolean cancelled;
    private int calls;

    Streaming(Core core, Session session, AnswerReader reader, StreamingChatResponseHandler handler) {
        this.core = core;
        this.session = session;
        this.reader = reader;
        this.handler = handler;
    }

    /** Its generation; a handler that has cancelled already cancels it now. */
    void started(Generation started) {
        generation = started;
        if (cancelled) {
            started.cancel();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        Generation running = generation;
        if (running != null) {
            running.cancel();
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onText(String text) {
        tell(reader.accept(text));
    }

    @Override
    public void onEnd(GenerationResult result) {
        if (!cancelled) {
            tell(reader.finish());
        }
        core.release(session);
        if (!cancelled) {
            Core.Settings settings = core.settings();
            ChatResponse response =
                    core.told(Responses.of(result, Answer.of(parts), settings.name(), settings.returnThinking()));
            guarded(() -> handler.onCompleteResponse(response));
        }
    }

    @Override
    public void onError(PacaException error) {
        core.release(session);
        if (!cancelled) {
            fail(handler, Failures.map(error));
        }
    }

    private void tell(List<AnswerPart> decided) {
        for (AnswerPart part : decided) {
            if (cancelled) {
                return;
            }
            parts.add(part);
            switch (part) {
                case AnswerPart.Text text ->
                    guarded(() -> handler.onPartialResponse(
                            new PartialResponse(text.text()), new PartialResponseContext(this)));
                case AnswerPart.Thinking thinking -> {
                    if (core.settings().returnThinking()) {
                        guarded(() -> handler.onPartialThinking(
                                new PartialThinking(thinking.text()), new PartialThinkingContext(this)));
                    }
                }
                case AnswerPart.CallPiece piece -> {
                    PartialToolCall told = PartialToolCall.builder()
                            .index(piece.index())
                            .id(piece.id())
                            .name(piece.name())
                            .partialArguments(piece.arguments())
                            .build();
                    guarded(() -> handler.onPartialToolCall(told, new PartialToolCallContext(this)));
                }
                case AnswerPart.Call call -> {
                    ToolExecutionRequest request = Responses.call(call.call());
                    int index = calls++;
                    guarded(() -> handler.onCompleteToolCall(new CompleteToolCall(index, request)));
                }
            }
        }
    }

    private void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            fail(handler, e);
        }
    }

    /** Errors of {@code onError} itself are the handler's own affair, as LangChain4j prescribes. */
    static void fail(StreamingChatResponseHandler handler, Throwable error) {
        try {
            handler.onError(error);
        } catch (RuntimeException e) {
            System.getLogger("dev.paca.langchain4j").log(System.Logger.Level.WARNING, "onError failed", e);
        }
    }
}
