package dev.paca.kv;

import org.jspecify.annotations.Nullable;

/**
 * Which part of the cache a token reads in {@link Phase#DECODE}. Nothing is given back: what is not read now may be read
 * by the next token.
 *
 * @param method how it is chosen
 * @param budget how much is read of each KV head, sinks and window included
 * @param denseLayers how many of the first layers read everything, since their attention is spread over all tokens, or
 *     {@link #A_SIXTEENTH}; see {@link #dense}
 * @param sinks first tokens that are always read
 * @param window last tokens that are always read; the newest page always is
 * @param channels channels that {@link Method#DOUBLE_SPARSITY} and {@link Method#SPARQ} look at
 * @param labels which channels {@link Method#DOUBLE_SPARSITY} looks at; null to find them from the prompt
 * @param keyRows whether keys are stored a second time, token by token, for methods that choose tokens: half as many bytes
 *     again, for reading a chosen key without its neighbours
 * @param exact whether {@link Method#QUEST} and {@link Method#QUEST_MEAN} score all pages by their whole indexes, as Quest's
 *     authors do, and none by a sketch of them
 */
public record Selection(
        Method method,
        Budget budget,
        int denseLayers,
        int sinks,
        int window,
        int channels,
        @Nullable ChannelLabels labels,
        boolean keyRows,
        boolean exact) {
    /** The ways of choosing. */
    public enum Method {
        /** Everything is read. */
        ALL("all"),
        /** Pages by the upper bound of their keys' minimum and maximum: Quest (arXiv 2406.10774). */
        QUEST("quest"),
        /** Pages by the mean and the standard deviation of their keys, in place of Quest's bound. */
        QUEST_MEAN("quest-mean"),
        /**
         * Pages by the best of their tokens, estimated from a few bits of every channel of every key; the keys of 16 pages
         * more than are wanted decide among them.
         */
        KEY_CODES("key-codes"),
        /**
         * Tokens by a few channels, the same for all tokens: Double Sparsity (arXiv 2408.07092). Which ones is found from
         * the prompt, or beforehand from any text, kept in a file.
         */
        DOUBLE_SPARSITY("double-sparsity"),
        /** Tokens by the channels in which the query is largest, the rest replaced by the mean value: SparQ (arXiv 2312.04985). */
        SPARQ("sparq"),
        /** The first tokens and the last ones: StreamingLLM (arXiv 2309.17453), as visibility. */
        STREAMING("streaming"),
        /** The tokens that get most attention, found by computing it: what no method can beat. */
        ORACLE_TOKENS("oracle-tokens"),
        /** The pages that get most attention, found by computing it. */
        ORACLE_PAGES("oracle-pages");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        /** The name on the command line. */
        public String label() {
            return label;
        }

        /** Whether single tokens are chosen, and not pages. */
        public boolean choosesTokens() {
            return this == DOUBLE_SPARSITY || this == SPARQ || this == ORACLE_TOKENS;
        }

        /** Whether pages have numbers for each channel that tell where their keys lie. */
        public boolean hasBounds() {
            return this == QUEST || this == QUEST_MEAN;
        }
    }

    /** Of the model's layers a sixteenth reads everything: two of 32, as Quest has it, and none of fewer than 16. */
    public static final int A_SIXTEENTH = -1;

    /** Everything is read. */
    public static final Selection ALL = new Selection(Method.ALL, Budget.share(1), 0, 0, 0, 0);

    public Selection {
        if (denseLayers < A_SIXTEENTH || sinks < 0 || window < 0 || channels < 0) {
            throw new PacaException("Selection " + method.label() + " takes no negative numbers, found layers="
                    + denseLayers + ", sinks=" + sinks + ", window=" + window + ", channels=" + channels + ".");
        }
        if (channels == 0 && (method == Method.DOUBLE_SPARSITY || method == Method.SPARQ)) {
            throw new PacaException("Selection " + method.label()
                    + " estimates scores from some channels of the keys, found channels=0. Use channels=1 or more.");
        }
        if (labels != null && method != Method.DOUBLE_SPARSITY) {
            throw new PacaException(
                    "Channel labels are for double-sparsity, found selection " + method.label() + ". Leave them out.");
        }
        if (keyRows && !method.choosesTokens()) {
            throw new PacaException("Keys are stored a second time for selections of single tokens, found selection "
                    + method.label() + ". Leave rows= out.");
        }
        if (exact && !method.hasBounds()) {
            throw new PacaException(
                    "Only quest and quest-mean score pages by a sketch of their indexes, found selection "
                            + method.label() + ". Leave exact= out.");
        }
        if (method != Method.ALL && budget.share() == 0 && budget.tokens() < (long) sinks + window) {
            throw new PacaException("Selection " + method.label() + " has a budget of " + budget.tokens()
                    + " tokens, fewer than its " + sinks + " sinks and window of " + window
                    + ". Raise budget= or lower sinks= and window=.");
        }
    }

    /** Without what only some methods have. */
    public Selection(Method method, Budget budget, int denseLayers, int sinks, int window, int channels) {
        this(method, budget, denseLayers, sinks, window, channels, null, false, false);
    }

    /** A method with its usual parameters and a budget. */
    public static Selection of(Method method, Budget budget) {
        return switch (method) {
            case ALL -> ALL;
            // The window takes all that the sinks leave.
            case STREAMING -> new Selection(method, budget, 0, 4, 0, 0);
            case DOUBLE_SPARSITY, SPARQ -> new Selection(method, budget, A_SIXTEENTH, 0, 0, 16);
            default -> new Selection(method, budget, A_SIXTEENTH, 0, 0, 0);
        };
    }

    /** The same, but scoring all pages by their whole indexes where it would not. */
    public Selection exactly() {
        return new Selection(method, budget, denseLayers, sinks, window, channels, labels, keyRows, method.hasBounds());
    }

    /** How many of the first of a model's layers read everything. */
    public int dense(int layers) {
        return denseLayers == A_SIXTEENTH ? layers / 16 : denseLayers;
    }

    /** @throws PacaException if no layer of the model would be left to choose from */
    public void check(KvShape shape) {
        if (method != Method.ALL && dense(shape.layers()) >= shape.layers()) {
            throw new PacaException("Selection " + method.label() + " has layers=" + denseLayers
                    + ", but the model has no more than " + shape.layers()
                    + ", so that all of them would read everything. Lower layers=, or leave the selection out.");
        }
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        if (method == Method.ALL) {
            return method.label();
        }
        return method.label() + ":budget=" + budget
                + (denseLayers == A_SIXTEENTH ? "" : ",layers=" + denseLayers)
                + ",sinks=" + sinks + ",window=" + window
                + (channels == 0 ? "" : ",channels=" + channels)
                + (labels == null ? "" : ",labels=" + labels)
                + (keyRows ? ",rows=1" : "")
                + (exact ? ",exact=1" : "");
    }
}
