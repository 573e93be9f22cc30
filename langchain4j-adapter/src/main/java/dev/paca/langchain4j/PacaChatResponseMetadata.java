package dev.paca.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.paca.model.engine.GenerationResult;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an answer took. */
public class PacaChatResponseMetadata extends ChatResponseMetadata {
    private final Cost cost;

    /** What LangChain4j has no name for. */
    private record Cost(
            int reusedTokens, long kvBytes, double tokensPerSecond, double promptTokensPerSecond, long seed) {}

    protected PacaChatResponseMetadata(Builder builder) {
        super(builder);
        cost = builder.cost;
    }

    /** Tokens of the prompt that an earlier request had run already. */
    public int reusedTokens() {
        return cost.reusedTokens();
    }

    /** Bytes that the conversation's keys and values hold. */
    public long kvBytes() {
        return cost.kvBytes();
    }

    /** Speed of the answer. */
    public double tokensPerSecond() {
        return cost.tokensPerSecond();
    }

    /** Speed of reading the prompt, without the tokens that were there already. */
    public double promptTokensPerSecond() {
        return cost.promptTokensPerSecond();
    }

    /** With this seed the same answer comes again. */
    public long seed() {
        return cost.seed();
    }

    @Override
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.cost = cost;
        toBuilder(builder);
        return builder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PacaChatResponseMetadata that && super.equals(other) && cost.equals(that.cost);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), cost);
    }

    @Override
    public String toString() {
        return "PacaChatResponseMetadata{" + super.toString() + ", " + cost + "}";
    }

    /** Copies with changes. */
    public static class Builder extends ChatResponseMetadata.Builder<Builder> {
        private Cost cost = new Cost(0, 0, 0, 0, 0);

        public Builder() {}

        /** Takes over what a generation came to. */
        Builder of(GenerationResult result) {
            cost = new Cost(
                    result.reusedTokens(),
                    result.usage().bytes(),
                    result.decodeRate(),
                    result.prefillRate(),
                    result.seed());
            return this;
        }

        @Override
        public PacaChatResponseMetadata build() {
            return new PacaChatResponseMetadata(this);
        }
    }
}
