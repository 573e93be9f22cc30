package dev.paca.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Parameters that LangChain4j has no name for; null where a parameter is left to the model. */
public class PacaChatRequestParameters extends DefaultChatRequestParameters {
    private final @Nullable Double minP;
    private final @Nullable Double repeatPenalty;
    private final @Nullable Integer repeatLastN;
    private final @Nullable Long seed;
    private final @Nullable Boolean think;
    private final @Nullable String kvPolicy;

    protected PacaChatRequestParameters(Builder builder) {
        super(builder);
        minP = builder.minP;
        repeatPenalty = builder.repeatPenalty;
        repeatLastN = builder.repeatLastN;
        seed = builder.seed;
        think = builder.think;
        kvPolicy = builder.kvPolicy;
    }

    /** Tokens stay that are at least this share as likely as the likeliest. */
    public @Nullable Double minP() {
        return minP;
    }

    /** Makes tokens seen lately less likely; 1 changes nothing. */
    public @Nullable Double repeatPenalty() {
        return repeatPenalty;
    }

    /** How many of the last tokens the penalties look at; -1 for all. */
    public @Nullable Integer repeatLastN() {
        return repeatLastN;
    }

    /** Equal requests with an equal seed give equal answers. */
    public @Nullable Long seed() {
        return seed;
    }

    /** Whether the model is to think first, where its template knows {@code enable_thinking}. */
    public @Nullable Boolean think() {
        return think;
    }

    /** What attention reads of the KV cache, {@code quest:budget=512} for instance. */
    public @Nullable String kvPolicy() {
        return kvPolicy;
    }

    @Override
    public ChatRequestParameters overrideWith(ChatRequestParameters that) {
        return new Builder().overrideWith(this).overrideWith(that).build();
    }

    @Override
    public ChatRequestParameters defaultedBy(ChatRequestParameters that) {
        return new Builder().overrideWith(that).overrideWith(this).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PacaChatRequestParameters that
                && super.equals(other)
                && Objects.equals(minP, that.minP)
                && Objects.equals(repeatPenalty, that.repeatPenalty)
                && Objects.equals(repeatLastN, that.repeatLastN)
                && Objects.equals(seed, that.seed)
                && Objects.equals(think, that.think)
                && Objects.equals(kvPolicy, that.kvPolicy);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), minP, repeatPenalty, repeatLastN, seed, think, kvPolicy);
    }

    @Override
    public String toString() {
        return "PacaChatRequestParameters{" + super.toString() + ", minP=" + minP + ", repeatPenalty=" + repeatPenalty
                + ", repeatLastN=" + repeatLastN + ", seed=" + seed + ", think=" + think + ", kvPolicy=" + kvPolicy
                + "}";
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects parameters. */
    public static class Builder extends DefaultChatRequestParameters.Builder<Builder> {
        private @Nullable Double minP;
        private @Nullable Double repeatPenalty;
        private @Nullable Integer repeatLastN;
        private @Nullable Long seed;
        private @Nullable Boolean think;
        private @Nullable String kvPolicy;

        public Builder() {}

        @Override
        public Builder overrideWith(ChatRequestParameters parameters) {
            super.overrideWith(parameters);
            if (parameters instanceof PacaChatRequestParameters that) {
                minP = that.minP == null ? minP : that.minP;
                repeatPenalty = that.repeatPenalty == null ? repeatPenalty : that.repeatPenalty;
                repeatLastN = that.repeatLastN == null ? repeatLastN : that.repeatLastN;
                seed = that.seed == null ? seed : that.seed;
                think = that.think == null ? think : that.think;
                kvPolicy = that.kvPolicy == null ? kvPolicy : that.kvPolicy;
            }
            return this;
        }

        public Builder minP(@Nullable Double value) {
            minP = value;
            return this;
        }

        public Builder repeatPenalty(@Nullable Double value) {
            repeatPenalty = value;
            return this;
        }

        public Builder repeatLastN(@Nullable Integer value) {
            repeatLastN = value;
            return this;
        }

        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        public Builder think(@Nullable Boolean value) {
            think = value;
            return this;
        }

        public Builder kvPolicy(@Nullable String value) {
            kvPolicy = value;
            return this;
        }

        @Override
        public PacaChatRequestParameters build() {
            return new PacaChatRequestParameters(this);
        }
    }
}
