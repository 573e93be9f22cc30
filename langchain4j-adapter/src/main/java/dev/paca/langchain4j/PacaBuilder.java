package dev.paca.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.model.ModelOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What both chat models are built with. What is not given is left to the model: llama.cpp's sampling, the model's context,
 * all processors.
 *
 * @param <T> the builder itself
 */
public abstract class PacaBuilder<T extends PacaBuilder<T>> {
    private @Nullable PacaModel model;
    private @Nullable Path modelPath;
    private @Nullable String modelName;
    private @Nullable Integer contextLength;
    private @Nullable Integer threads;
    private @Nullable String device;
    private @Nullable String kvCacheType;
    private @Nullable Boolean returnThinking;
    private @Nullable Boolean tellSchema;
    private @Nullable Boolean logRequests;
    private @Nullable Boolean logResponses;
    private List<ChatModelListener> listeners = List.of();
    private Set<Capability> capabilities = Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    private @Nullable ChatRequestParameters defaults;
    private final PacaChatRequestParameters.Builder parameters = new PacaChatRequestParameters.Builder();

    protected PacaBuilder() {}

    @SuppressWarnings("unchecked")
    private T self() {
        return (T) this;
    }

    /** A loaded model to share; the chat model then does not close it. */
    public T model(@Nullable PacaModel value) {
        model = value;
        return self();
    }

    /** A GGUF file; Paca 28M, which comes along, where none is given. */
    public T modelPath(@Nullable Path value) {
        modelPath = value;
        return self();
    }

    /** What responses call the model; its own name where none is given. */
    public T modelName(@Nullable String value) {
        modelName = value;
        return self();
    }

    /** Tokens that a conversation may have. */
    public T contextLength(@Nullable Integer value) {
        contextLength = value;
        return self();
    }

    /** Threads that compute. */
    public T threads(@Nullable Integer value) {
        threads = value;
        return self();
    }

    /** Where the model runs: {@code cpu}, or a device that was found. */
    public T device(@Nullable String value) {
        device = value;
        return self();
    }

    /** How keys and values are stored: {@code f16}, {@code f32} and what else the KV cache knows. */
    public T kvCacheType(@Nullable String value) {
        kvCacheType = value;
        return self();
    }

    /**
     * What attention reads of the KV cache and what is kept of it: {@code quest:budget=512}, {@code snapkv:budget=2048}, or
     * both joined by {@code +}.
     */
    public T kvPolicy(@Nullable String value) {
        parameters.kvPolicy(value);
        return self();
    }

    public T temperature(@Nullable Double value) {
        parameters.temperature(value);
        return self();
    }

    public T topK(@Nullable Integer value) {
        parameters.topK(value);
        return self();
    }

    public T topP(@Nullable Double value) {
        parameters.topP(value);
        return self();
    }

    public T minP(@Nullable Double value) {
        parameters.minP(value);
        return self();
    }

    public T repeatPenalty(@Nullable Double value) {
        parameters.repeatPenalty(value);
        return self();
    }

    public T repeatLastN(@Nullable Integer value) {
        parameters.repeatLastN(value);
        return self();
    }

    public T frequencyPenalty(@Nullable Double value) {
        parameters.frequencyPenalty(value);
        return self();
    }

    public T presencePenalty(@Nullable Double value) {
        parameters.presencePenalty(value);
        return self();
    }

    public T seed(@Nullable Long value) {
        parameters.seed(value);
        return self();
    }

    /** Strings that end an answer and are no part of it. */
    public T stop(@Nullable List<String> value) {
        parameters.stopSequences(value);
        return self();
    }

    /** Strings that end an answer and are no part of it. */
    public T stop(String... value) {
        return stop(Arrays.asList(value));
    }

    /** The same as {@link #stop(List)}. */
    public T stopSequences(@Nullable List<String> value) {
        return stop(value);
    }

    public T maxOutputTokens(@Nullable Integer value) {
        parameters.maxOutputTokens(value);
        return self();
    }

    public T responseFormat(@Nullable ResponseFormat value) {
        parameters.responseFormat(value);
        return self();
    }

    /** Whether the model is to think first, where its template knows {@code enable_thinking}. */
    public T think(@Nullable Boolean value) {
        parameters.think(value);
        return self();
    }

    /** Whether responses tell what was thought; yes where nothing is given. */
    public T returnThinking(@Nullable Boolean value) {
        returnThinking = value;
        return self();
    }

    /**
     * Whether the model reads the JSON schema that its answer is held to, after the user's last message; yes where nothing
     * is given. An answer fits the schema either way.
     */
    public T tellSchema(@Nullable Boolean value) {
        tellSchema = value;
        return self();
    }

    public T logRequests(@Nullable Boolean value) {
        logRequests = value;
        return self();
    }

    public T logResponses(@Nullable Boolean value) {
        logResponses = value;
        return self();
    }

    public T listeners(@Nullable List<ChatModelListener> value) {
        listeners = value == null ? List.of() : List.copyOf(value);
        return self();
    }

    public T listeners(ChatModelListener... value) {
        return listeners(Arrays.asList(value));
    }

    /**
     * What the model says it can do; JSON schemas where nothing is given. Without that capability AI services put the
     * wanted form into the user's message instead of asking for it.
     */
    public T supportedCapabilities(@Nullable Set<Capability> value) {
        capabilities = value == null ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA) : Set.copyOf(value);
        return self();
    }

    public T supportedCapabilities(Capability... value) {
        return supportedCapabilities(Set.of(value));
    }

    /** Parameters of every request; those named above win over them. */
    public T defaultRequestParameters(@Nullable ChatRequestParameters value) {
        defaults = value;
        return self();
    }

    Core core() {
        boolean own = model == null;
        PacaModel used = own ? load() : model;
        try {
            return new Core(used, own, settings(used));
        } catch (RuntimeException e) {
            if (own) {
                used.close();
            }
            throw e;
        }
    }

    private Core.Settings settings(PacaModel used) {
        String name = modelName == null ? used.name() : modelName;
        PacaChatRequestParameters.Builder all = new PacaChatRequestParameters.Builder();
        all.modelName(name);
        if (defaults != null) {
            all.overrideWith(defaults);
        }
        all.overrideWith(parameters.build());
        return new Core.Settings(
                name,
                all.build(),
                listeners,
                capabilities,
                !Boolean.FALSE.equals(returnThinking),
                !Boolean.FALSE.equals(tellSchema),
                Boolean.TRUE.equals(logRequests),
                Boolean.TRUE.equals(logResponses));
    }

    private PacaModel load() {
        return Failures.mapped(() -> {
            ModelOptions options = ModelOptions.DEFAULT;
            options = contextLength == null ? options : options.withContextLength(contextLength);
            options = threads == null ? options : options.withThreads(threads);
            options = device == null ? options : options.withDevice(device);
            if (kvCacheType != null) {
                Storage storage = PolicyText.storage(kvCacheType);
                KvPolicy policy = options.policy();
                options = options.withPolicy(policy.with(storage, storage));
            }
            return modelPath == null ? PacaModel.embedded(options) : PacaModel.load(modelPath, options);
        });
    }
}
