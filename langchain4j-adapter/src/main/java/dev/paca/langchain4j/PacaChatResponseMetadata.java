package dev.paca.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.paca.model.engine.GenerationResult;

/** What an answer took. */
public class PacaChatResponseMetadata extends ChatResponseMetadata {
    private final int reusedTokens;
    private final long kvBytes;
    private final double tokensPerSecond;
    private final double promptTokensPerSecond;
    private final long seed;

    PacaChatResponseMetadata(ChatResponseMetadata.Builder<?> builder, GenerationResult result) {
        super(builder);
        reusedTokens = result.reusedTokens();
        kvBytes = result.usage().bytes();
        tokensPerSecond = result.decodeRate();
        promptTokensPerSecond = result.prefillRate();
        seed = result.seed();
    }

    /** Tokens of the prompt that an earlier request had run already. */
    public int reusedTokens() {
        return reusedTokens;
    }

    /** Bytes that the conversation's keys and values hold. */
    public long kvBytes() {
        return kvBytes;
    }

    /** Speed of the answer. */
    public double tokensPerSecond() {
        return tokensPerSecond;
    }

    /** Speed of reading the prompt, without the tokens that were there already. */
    public double promptTokensPerSecond() {
        return promptTokensPerSecond;
    }

    /** With this seed the same answer comes again. */
    public long seed() {
        return seed;
    }
}
