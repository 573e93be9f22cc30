package dev.paca.kv;

/**
 * Which tokens are kept at all. What is not kept is gone: its pages are given back, and no later token can read it. The
 * others keep their positions. At the end of every prompt, and for some methods while tokens are made, each KV head's
 * tokens are brought down to the budget.
 *
 * @param method how those to keep are chosen
 * @param budget tokens kept of each KV head, sinks and window included: the mean over layers for {@link Method#PYRAMIDKV},
 *     and over the heads of a layer where {@code safeguard} is below 1
 * @param sinks first tokens that are always kept
 * @param window last tokens that are always kept; {@link Method#SNAPKV} and {@link Method#PYRAMIDKV} judge the prompt by
 *     what these look at
 * @param every tokens that come on top of the budget, while tokens are made, before they are brought down to it again; 0
 *     where they are not
 * @param kernel how many neighbours share a token's score, odd; 1 for none
 * @param pool how they share it
 * @param history last tokens whose attention {@link Method#SCISSORHANDS} counts; 0 for others
 * @param safeguard share of the budget that every head of a layer has to itself; what is left goes to the heads with the
 *     largest scores: AdaKV (arXiv 2407.11550). 1 gives all heads as much
 */
public record Eviction(
        Method method,
        Budget budget,
        int sinks,
        int window,
        int every,
        int kernel,
        Pool pool,
        int history,
        double safeguard) {
    /** The ways of choosing. */
    public enum Method {
        /** Everything is kept. */
        NONE("none"),
        /** The first tokens and the last ones: StreamingLLM (arXiv 2309.17453), with the tokens' own positions. */
        STREAMING_LLM("streaming-llm"),
        /** The last tokens, and those that got most attention of all tokens after them: H2O (arXiv 2306.14048). */
        H2O("h2o"),
        /** Those that most of the last tokens gave more than the mean attention: Scissorhands (arXiv 2305.17118). */
        SCISSORHANDS("scissorhands"),
        /** Those that the end of the prompt looks at: SnapKV (arXiv 2404.14469). */
        SNAPKV("snapkv"),
        /** The same, more of them in the first layers and fewer in the last: PyramidKV (arXiv 2406.02069). */
        PYRAMIDKV("pyramidkv"),
        /** Those that the newest token looks at, the same for all heads of a layer: TOVA (arXiv 2401.06104). */
        TOVA("tova");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        /** The name on the command line. */
        public String label() {
            return label;
        }

        /** Whether it also evicts while tokens are made, not only at the end of a prompt. */
        public boolean evictsInDecode() {
            return this == STREAMING_LLM || this == H2O || this == SCISSORHANDS || this == TOVA;
        }

        /** Whether each KV head has scores of its own, so that heads can have budgets of their own. */
        public boolean scoresHeads() {
            return this == H2O || this == SCISSORHANDS || judgesPrompt();
        }

        /** Whether it judges a prompt by the tokens at its end. */
        public boolean judgesPrompt() {
            return this == SNAPKV || this == PYRAMIDKV;
        }
    }

    /** How neighbours share a score, so that what stands beside a token of worth is kept with it. */
    public enum Pool {
        AVG,
        MAX
    }

    /** Everything is kept. */
    public static final Eviction NONE = new Eviction(Method.NONE, Budget.share(1), 0, 0, 0, 1, Pool.AVG, 0, 1);

    /** The share that AdaKV's authors leave to each head. */
    public static final double USUAL_SAFEGUARD = 0.2;

    /** Most queries that are kept to judge a prompt by. */
    private static final int MOST_QUERIES = 4096;

    private static final int MOST_NEIGHBOURS = 1023;

    public Eviction {
        String name = "Eviction " + method.label();
        if (sinks < 0 || window < 0 || every < 0 || history < 0) {
            throw new PacaException(name + " takes no negative numbers, found sinks=" + sinks + ", window=" + window
                    + ", every=" + every + ", history=" + history + ".");
        }
        if (method.evictsInDecode() && every == 0) {
            throw new PacaException(name + " evicts while tokens are made, after every so many of them, found every=0."
                    + " Use every=1 or more.");
        }
        if (kernel < 1 || kernel > MOST_NEIGHBOURS || kernel % 2 == 0) {
            throw new PacaException(
                    name + " needs an odd kernel= from 1 to " + MOST_NEIGHBOURS + ", found " + kernel + ".");
        }
        if (method.judgesPrompt() && (window < 1 || window > MOST_QUERIES)) {
            throw new PacaException(name + " judges a prompt by its last tokens, window= 1 to " + MOST_QUERIES
                    + " of them, found " + window + ".");
        }
        if (method == Method.SCISSORHANDS && (history < 1 || history > MOST_QUERIES)) {
            throw new PacaException(name + " counts the attention of the last tokens, history= 1 to " + MOST_QUERIES
                    + " of them, found " + history + ".");
        }
        if (!(safeguard >= 0 && safeguard <= 1)) {
            throw new PacaException(name
                    + " needs a safeguard= from 0 to 1, the share of the budget that each head has to itself, found "
                    + safeguard + ".");
        }
        if (safeguard < 1 && !method.scoresHeads()) {
            throw new PacaException(name + " keeps the same tokens for all heads, so they cannot have budgets of their"
                    + " own. Leave out ada- or safeguard=, or choose ada-snapkv, ada-pyramidkv, ada-h2o or"
                    + " ada-scissorhands.");
        }
        if (budget.share() == 0 && budget.tokens() < (long) sinks + window) {
            throw new PacaException(name + " has a budget of " + budget.tokens() + " tokens, fewer than its " + sinks
                    + " sinks and window of " + window + ". Raise budget= or lower sinks= and window=.");
        }
    }

    /** A method with its usual parameters and a budget. */
    public static Eviction of(Method method, Budget budget) {
        return switch (method) {
            case NONE -> NONE;
            // The window takes all that the sinks leave.
            case STREAMING_LLM -> new Eviction(method, budget, 4, 0, 16, 1, Pool.AVG, 0, 1);
            // Half for the heavy hitters, half for the last tokens.
            case H2O ->
                new Eviction(method, budget, 0, budget.share() == 0 ? budget.tokens() / 2 : 32, 16, 1, Pool.AVG, 0, 1);
            case SCISSORHANDS -> new Eviction(method, budget, 0, 10, 16, 1, Pool.AVG, 128, 1);
            case SNAPKV -> new Eviction(method, budget, 0, 32, 0, 5, Pool.AVG, 0, 1);
            case PYRAMIDKV -> new Eviction(method, budget, 0, 8, 0, 7, Pool.MAX, 0, 1);
            case TOVA -> new Eviction(method, budget, 0, 1, 16, 1, Pool.AVG, 0, 1);
        };
    }

    /** The same with another share of the budget that each head has to itself. */
    public Eviction withSafeguard(double share) {
        return new Eviction(method, budget, sinks, window, every, kernel, pool, history, share);
    }

    /** Whether everything is kept. */
    public boolean isOff() {
        return method == Method.NONE;
    }

    /** Tokens kept of a sequence of {@code length}, on the mean of layers and heads. */
    public int kept(int length) {
        return Math.max(budget.of(length), Math.max(1, sinks + window));
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        if (isOff()) {
            return method.label();
        }
        return (safeguard < 1 ? "ada-" : "") + method.label() + ":budget=" + budget + ",sinks=" + sinks
                + (method == Method.STREAMING_LLM ? "" : ",window=" + window)
                + (method.evictsInDecode() ? ",every=" + every : "")
                + (method.judgesPrompt()
                        ? ",kernel=" + kernel + ",pool=" + pool.name().toLowerCase(java.util.Locale.ROOT)
                        : "")
                + (history == 0 ? "" : ",history=" + history)
                + (safeguard < 1 ? ",safeguard=" + safeguard : "");
    }
}
