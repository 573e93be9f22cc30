package dev.paca.model;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.host.HostPool;
import dev.paca.model.chat.Conversation;
import dev.paca.model.chat.Prompts;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.engine.Engine;
import dev.paca.model.engine.Session;
import dev.paca.model.engine.Vocabulary;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Metadata;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.template.BuiltInTemplate;
import dev.paca.model.template.ChatTemplate;
import dev.paca.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model: its file, mapped, its tokenizer and chat template, and an engine that runs it. Load it once and share it;
 * all methods are safe for all threads. Closing it is safe at any time: who waits for an answer gets a
 * {@link PacaException}.
 */
public final class Model implements AutoCloseable {
    private static final String TEMPLATE = "tokenizer.chat_template";

    private final Gguf gguf;
    private final Tokenizer tokenizer;
    private final ModelOptions options;
    private final Engine engine;
    private final String description;
    private final List<String> notes;
    private final Deque<AutoCloseable> parts;
    private @Nullable ChatTemplate template;

    private Model(
            Gguf gguf,
            Tokenizer tokenizer,
            ModelOptions options,
            Engine engine,
            String description,
            List<String> notes,
            Deque<AutoCloseable> parts) {
        this.gguf = gguf;
        this.tokenizer = tokenizer;
        this.options = options;
        this.engine = engine;
        this.description = description;
        this.notes = notes;
        this.parts = parts;
    }

    /**
     * Loads a GGUF file.
     *
     * @throws PacaException if the file, the model or what the options ask for is not supported, or memory does not suffice
     */
    public static Model load(Path file, ModelOptions options) {
        return load(file, options, List.of());
    }

    /** Loads Paca 28M, the small model that comes along. */
    public static Model embedded(ModelOptions options) {
        EmbeddedModel.Located located = EmbeddedModel.find();
        return load(located.file(), options, located.notes());
    }

    /** The file of Paca 28M, in a cache folder if it comes in a jar. */
    public static Path embeddedFile() {
        return EmbeddedModel.find().file();
    }

    private static Model load(Path file, ModelOptions options, List<String> notes) {
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        try {
            Gguf gguf = Gguf.open(file);
            parts.push(gguf);
            Tokenizer tokenizer = Tokenizer.of(gguf.metadata());
            List<String> said = new ArrayList<>(notes);
            Decoder decoder = decoder(gguf, options, parts, said);
            Engine engine = new Engine(decoder, vocabulary(tokenizer), options.engine(), gguf::fingerprint);
            parts.push(engine);
            return new Model(gguf, tokenizer, options, engine, decoder.description(), List.copyOf(said), parts);
        } catch (RuntimeException | Error e) {
            closeAll(parts);
            throw e;
        }
    }

    private static Decoder cpu(Gguf gguf, ModelOptions options, Deque<AutoCloseable> parts) {
        LlamaConfig config = LlamaConfig.of(gguf.metadata());
        int readable = config.slidingWindow() > 0
                ? Math.min(config.contextLength(), config.slidingWindow())
                : config.contextLength();
        Memory memory;
        try (HostPool asked = new HostPool(config.kvShape(), Long.MAX_VALUE)) {
            memory = Memory.plan(gguf.name(), gguf.bytes(), readable, options, Memory.physical(), asked);
        }
        int threads =
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
        ThreadWorkers workers = new ThreadWorkers(threads);
        parts.push(workers);
        return CpuDecoder.of(
                gguf, KernelLookup.early(), workers, new CpuOptions(memory.contextLength(), memory.kvBytes()));
    }

    private static Decoder decoder(Gguf gguf, ModelOptions options, Deque<AutoCloseable> parts, List<String> notes) {
        if (options.device().equals(Devices.CPU)) {
            return cpu(gguf, options, parts);
        }
        DecoderOptions asked = new DecoderOptions(
                options.device(),
                options.contextLength(),
                options.policy(),
                options.kvBytes(),
                options.engine().chunk(),
                options.engine().maxRunning());
        if (!options.device().equals(Devices.AUTO)) {
            return Devices.open(gguf, asked);
        }
        Optional<Decoder> found = Devices.best(gguf, asked, notes);
        return found.isPresent() ? found.get() : cpu(gguf, options, parts);
    }

    private static Vocabulary vocabulary(Tokenizer tokenizer) {
        return new Vocabulary() {
            // Rows of logits may be padded beyond the tokens that there are.
            @Override
            public byte[] bytes(int token) {
                return token < tokenizer.size() ? tokenizer.bytes(token) : new byte[0];
            }

            @Override
            public boolean isSpecial(int token) {
                return token >= tokenizer.size() || tokenizer.isSpecial(token);
            }

            @Override
            public boolean endsGeneration(int token) {
                return token < tokenizer.size() && tokenizer.endsGeneration(token);
            }
        };
    }

    /** The model's own name, or its file's. */
    public String name() {
        return gguf.metadata().string("general.name", gguf.name());
    }

    /** The file: metadata and tensors. Not to be closed. */
    public Gguf gguf() {
        return gguf;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * How the model wants a conversation written: as its file says, or else as its special tokens tell.
     *
     * @throws PacaException if neither tells, or the template cannot be read
     */
    public synchronized ChatTemplate template() {
        ChatTemplate known = template;
        if (known == null) {
            known = parseTemplate();
            template = known;
        }
        return known;
    }

    private ChatTemplate parseTemplate() {
        String given = options.chatTemplate();
        if (given != null) {
            return ChatTemplate.parse(given, "the given chat template");
        }
        Metadata metadata = gguf.metadata();
        if (!metadata.has(TEMPLATE)) {
            return BuiltInTemplate.guess(text -> tokenizer.id(text).isPresent(), gguf.name())
                    .template();
        }
        return ChatTemplate.parse(metadata.string(TEMPLATE), "chat template of " + gguf.name());
    }

    /** Runs the model for many sessions at once. */
    public Engine engine() {
        return engine;
    }

    /** Turns conversations into tokens. */
    public Prompts prompts() {
        return new Prompts(template(), tokenizer);
    }

    /** A new session under the policy of the model's options. */
    public Session session() {
        return session(options.policy());
    }

    /** A new session under a policy of its own. */
    public Session session(KvPolicy policy) {
        return engine.session(policy);
    }

    /** A new conversation, over a session of its own. */
    public Conversation conversation() {
        return conversation(options.policy());
    }

    /** A new conversation, over a session of its own. */
    public Conversation conversation(KvPolicy policy) {
        Prompts prompts = prompts();
        return new Conversation(session(policy), prompts);
    }

    /** Tokens that a session may have at most. */
    public int contextLength() {
        return engine.contextLength();
    }

    /** How it was loaded. */
    public ModelOptions options() {
        return options;
    }

    /** Where and with what it computes, in one line. */
    public String description() {
        return description;
    }

    /** What a user should know of how it was loaded; mostly nothing. */
    public List<String> notes() {
        return notes;
    }

    @Override
    public void close() {
        closeAll(parts);
    }

    private static void closeAll(Deque<AutoCloseable> parts) {
        synchronized (parts) {
            while (!parts.isEmpty()) {
                try {
                    parts.pop().close();
                } catch (Exception e) {
                    throw new PacaException("The model cannot be closed: " + e.getMessage(), e);
                }
            }
        }
    }
}
