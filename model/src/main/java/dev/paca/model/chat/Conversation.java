package dev.paca.model.chat;

import dev.paca.kv.PacaException;
import dev.paca.model.engine.FinishReason;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import dev.paca.model.json.Json;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import dev.paca.model.template.TemplateInput;
import dev.paca.model.template.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns taken with a model. The messages are kept here, the tokens that were run in a session, so that each turn runs only
 * what is new. A turn that fails leaves the messages as they were; one that is cancelled keeps what was said, if anything was.
 */
public final class Conversation implements AutoCloseable {
    private Session session;
    private final Prompts prompts;
    private List<Message> messages = List.of();
    private List<Tool> tools = List.of();
    private Map<String, Json> variables = Map.of();

    /** @param session its own from now on: closed with it */
    public Conversation(Session session, Prompts prompts) {
        this.session = session;
        this.prompts = prompts;
    }

    /** All messages so far. */
    public synchronized List<Message> messages() {
        return messages;
    }

    /** Takes these messages for the ones so far. */
    public synchronized void messages(List<Message> value) {
        messages = List.copyOf(value);
    }

    /** The instruction that comes before everything; null for none. What was said stays. */
    public synchronized void system(@Nullable String instruction) {
        List<Message> changed = new ArrayList<>();
        if (instruction != null) {
            changed.add(Message.system(instruction));
        }
        messages.stream().filter(m -> m.role() != Role.SYSTEM).forEach(changed::add);
        messages = List.copyOf(changed);
    }

    /** What the assistant may call. */
    public synchronized void tools(List<Tool> value) {
        tools = List.copyOf(value);
    }

    /** Further variables of the template, {@code enable_thinking} for instance. */
    public synchronized void variables(Map<String, Json> value) {
        variables = Map.copyOf(value);
    }

    /** Forgets what was said; the instruction stays. */
    public synchronized void clear() {
        session.clear();
        messages = messages.stream().filter(m -> m.role() == Role.SYSTEM).toList();
    }

    /** {@link #start}, and waits for the end. */
    public GenerationResult ask(String text, GenerationOptions options, @Nullable GenerationListener listener) {
        return start(List.of(Message.user(text)), options, listener).await();
    }

    /**
     * Says something and lets the model answer. The answer joins the messages at its end, before the listener hears of
     * that.
     *
     * @param said what is said now; nothing lets the model go on from the messages as they are
     * @throws PacaException as {@link Session#start}, or if the template refuses the conversation
     */
    public synchronized Generation start(
            List<Message> said, GenerationOptions options, @Nullable GenerationListener listener) {
        List<Message> asked = new ArrayList<>(messages);
        asked.addAll(said);
        return begin(asked, options, listener);
    }

    private Generation begin(List<Message> asked, GenerationOptions options, @Nullable GenerationListener listener) {
        TemplateInput input = input(asked);
        int[] tokens = prompts.encode(input);
        if (!session.policy().eviction().isOff()) {
            session.protect(prompts.instruction(input, tokens));
        }
        return session.start(tokens, options, new Answering(List.copyOf(asked), listener));
    }

    /**
     * Lets the model answer once more what it answered last.
     *
     * @throws PacaException if there is no answer yet
     */
    public synchronized Generation regenerate(GenerationOptions options, @Nullable GenerationListener listener) {
        int last = messages.size() - 1;
        if (last < 0 || messages.get(last).role() != Role.ASSISTANT) {
            throw new PacaException("There is no answer to give once more; ask something first.");
        }
        List<Message> asked = messages.subList(0, last);
        return begin(asked, options, listener);
    }

    /** Tokens that the messages come to, with the beginning of an answer. */
    public synchronized int[] tokens() {
        return prompts.encode(input(messages));
    }

    /**
     * Takes these messages for the ones so far, and a session that has run them already for the one so far, which is closed.
     *
     * @param next its own from now on: closed with it
     */
    public synchronized void resume(List<Message> said, Session next) {
        session.close();
        session = next;
        messages = List.copyOf(said);
    }

    /** What runs it. */
    public synchronized Session session() {
        return session;
    }

    /** Cancels an answer on its way and gives the memory back. */
    @Override
    public synchronized void close() {
        session.close();
    }

    private TemplateInput input(List<Message> of) {
        return prompts.input(of).withTools(tools).withVariables(variables);
    }

    private synchronized void answered(List<Message> asked, String text) {
        List<Message> all = new ArrayList<>(asked);
        all.add(Message.assistant(text));
        messages = List.copyOf(all);
    }

    /** Takes note of the answer, and passes everything on. */
    private final class Answering implements GenerationListener {
        private final List<Message> asked;
        private final @Nullable GenerationListener next;

        Answering(List<Message> asked, @Nullable GenerationListener next) {
            this.asked = asked;
            this.next = next;
        }

        @Override
        public void onPrefill(int done, int total) {
            if (next != null) {
                next.onPrefill(done, total);
            }
        }

        @Override
        public void onText(String text) {
            if (next != null) {
                next.onText(text);
            }
        }

        @Override
        public void onEnd(GenerationResult result) {
            boolean silent =
                    result.reason() == FinishReason.CANCELLED && result.text().isEmpty();
            if (!silent) {
                answered(asked, result.text());
            }
            if (next != null) {
                next.onEnd(result);
            }
        }

        @Override
        public void onError(PacaException error) {
            if (next != null) {
                next.onError(error);
            }
        }
    }
}
