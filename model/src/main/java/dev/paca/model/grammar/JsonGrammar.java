package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import dev.paca.model.sampling.TokenConstraint;
import java.util.Map;

/**
 * Makes a model write JSON: any object, or what fits a schema. Make one for a schema and share it, since it remembers which
 * tokens lead on. Constraints of one grammar are used by one thread at a time, as the engine does.
 *
 * <p>Supported of JSON schema: {@code type} (also several), {@code properties}, {@code required},
 * {@code additionalProperties}, {@code items}, {@code minItems}, {@code maxItems}, {@code minLength}, {@code maxLength},
 * {@code enum}, {@code const}, {@code minimum}, {@code maximum}, {@code exclusiveMinimum}, {@code exclusiveMaximum},
 * {@code anyOf}, {@code allOf}, {@code $ref} within the schema, recursion; {@code oneOf} as {@code anyOf}. Descriptions are
 * passed over, {@code format} too; any other keyword, {@code pattern} for instance, is refused by name.
 */
public final class JsonGrammar {
    /** States after which what is remembered is given up, so that memory stays bounded. */
    private static final int STATES = 20_000;

    private final Grammar grammar;
    private final int root;
    private final TokenIndex tokens;
    private Automaton automaton;

    private JsonGrammar(Json schema, TokenIndex tokens) {
        SchemaCompiler compiler = new SchemaCompiler(schema);
        root = compiler.compile();
        grammar = compiler.grammar();
        this.tokens = tokens;
        automaton = new Automaton(grammar, root);
    }

    /**
     * What fits a schema.
     *
     * @throws dev.paca.kv.PacaException if the schema has something that is not supported; names it and its place
     */
    public static JsonGrammar of(Json schema, TokenIndex tokens) {
        return new JsonGrammar(schema, tokens);
    }

    /** Any JSON object. */
    public static JsonGrammar anyObject(TokenIndex tokens) {
        return new JsonGrammar(new Json.Obj(Map.of("type", Json.of("object"))), tokens);
    }

    /**
     * A constraint for one generation. Where tokens run short it leads to the end, so that the text is complete within
     * them, if that many bytes suffice for any text at all.
     *
     * @param maxTokens tokens that the generation may have, its ending one included; negative if that is not known
     */
    public synchronized TokenConstraint constraint(int maxTokens) {
        if (automaton.size() > STATES) {
            automaton = new Automaton(grammar, root);
        }
        return new JsonConstraint(automaton, tokens, maxTokens, 64 + grammar.longestShortest());
    }
}
