package dev.paca.kv;

/**
 * When a token has read enough: pages are taken in decreasing order of the selector's estimate until they hold so much of
 * the attention mass, so that the budget differs by layer, head and token.
 *
 * @param method how the mass reached is told
 * @param mass share of the attention mass to reach, over 0 and up to 1; 1 reads all that the selector's budget allows
 */
public record Pruning(Method method, double mass) {
    /** The ways of telling how much mass has been reached. */
    public enum Method {
        NONE("none"),
        /**
         * The mass of what was read is computed, of the rest estimated. After the abstract of Progressive Sparse Attention
         * (arXiv 2503.00392), whose code was not published.
         */
        PROGRESSIVE("progressive"),
        /** Both are the selector's estimate: the top-p of Twilight (arXiv 2502.02770). */
        TOP_P("top-p");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        /** The name on the command line. */
        public String label() {
            return label;
        }
    }

    /** The budget alone decides. */
    public static final Pruning NONE = new Pruning(Method.NONE, 1);

    public Pruning {
        if (!(mass > 0 && mass <= 1)) {
            throw new PacaException(
                    "The attention mass to reach is a number over 0 and up to 1, such as 0.95, found " + mass + ".");
        }
    }

    /** Whether the budget alone decides. */
    public boolean isOff() {
        return method == Method.NONE || mass == 1;
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return method == Method.NONE ? method.label() : method.label() + ":" + mass;
    }
}
