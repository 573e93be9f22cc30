package dev.paca.langchain4j;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.answer.ToolSyntax;
import dev.paca.model.chat.Prompts;
import dev.paca.model.engine.Engine;
import dev.paca.model.engine.Sessions;
import dev.paca.model.grammar.JsonGrammar;
import dev.paca.model.grammar.TokenIndex;
import dev.paca.model.json.Json;
import dev.paca.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model that any number of {@link PacaChatModel} and {@link PacaStreamingChatModel} share, and with it one engine
 * and the memory of conversations: a request that begins as an earlier one went on runs only what is new. Safe for all
 * threads; closing it is safe at any time.
 */
public final class PacaModel implements AutoCloseable {
    /** Conversations that are remembered; each keeps its pages until others need them. */
    private static final int REMEMBERED = 16;

    /** Schemas whose grammars are kept. */
    private static final int GRAMMARS = 64;

    private final String name;
    private final Prompts prompts;
    private final KvPolicy policy;
    private final Sessions sessions;
    private final Engine engine;
    private final AutoCloseable owned;
    private final ToolSyntax syntax;
    private final Map<Json, JsonGrammar> grammars = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable TokenIndex index;

    PacaModel(String name, Engine engine, Prompts prompts, KvPolicy policy, AutoCloseable owned) {
        this.name = name;
        this.engine = engine;
        this.prompts = prompts;
        this.policy = policy;
        this.owned = owned;
        sessions = new Sessions(engine, REMEMBERED);
        syntax = ToolSyntax.of(prompts.template().source());
    }

    /**
     * Loads a GGUF file.
     *
     * @throws ModelNotFoundException if there is no such file
     * @throws LangChain4jException if it cannot be loaded; says why and what to do
     */
    public static PacaModel load(Path file, ModelOptions options) {
        if (!Files.isRegularFile(file)) {
            throw new ModelNotFoundException(
                    file + ": there is no such file. Give the path of a GGUF file, or none for Paca 28M.");
        }
        return Failures.mapped(() -> of(Model.load(file, options)));
    }

    /** Loads Paca 28M, the small model that comes along. */
    public static PacaModel embedded(ModelOptions options) {
        return Failures.mapped(() -> of(Model.embedded(options)));
    }

    private static PacaModel of(Model model) {
        try {
            return new PacaModel(
                    model.name(),
                    model.engine(),
                    model.prompts(),
                    model.options().policy(),
                    model);
        } catch (PacaException e) {
            model.close();
            throw e;
        }
    }

    /** The model's own name. */
    public String name() {
        return name;
    }

    /** Tokens that a conversation may have at most. */
    public int contextLength() {
        return engine.contextLength();
    }

    KvPolicy policy() {
        return policy;
    }

    Prompts prompts() {
        return prompts;
    }

    Sessions sessions() {
        return sessions;
    }

    Engine engine() {
        return engine;
    }

    ToolSyntax syntax() {
        return syntax;
    }

    /** The grammar of a schema, made once. */
    synchronized JsonGrammar grammar(Json schema) {
        JsonGrammar known = grammars.get(schema);
        if (known == null) {
            known = JsonGrammar.of(schema, index());
            grammars.put(schema, known);
            if (grammars.size() > GRAMMARS) {
                grammars.remove(grammars.keySet().iterator().next());
            }
        }
        return known;
    }

    private TokenIndex index() {
        TokenIndex known = index;
        if (known == null) {
            Tokenizer tokens = prompts.tokenizer();
            known = TokenIndex.of(tokens.size(), tokens::bytes, tokens::isSpecial, tokens::endsGeneration);
            index = known;
        }
        return known;
    }

    /** Frees everything; requests on their way end with an error. */
    @Override
    public void close() {
        sessions.close();
        try {
            owned.close();
        } catch (Exception e) {
            throw new LangChain4jException("The model cannot be closed: " + e.getMessage(), e);
        }
    }
}
