package dev.paca.kv;

/**
 * How many tokens are meant: a number, or a share of the sequence. Exactly one of the two is set.
 *
 * @param tokens tokens, or 0
 * @param share share of the sequence's tokens, over 0 and up to 1, or 0
 */
public record Budget(int tokens, double share) {
    public Budget {
        boolean byTokens = tokens > 0 && share == 0;
        boolean byShare = tokens == 0 && share > 0 && share <= 1;
        if (!byTokens && !byShare) {
            throw new PacaException("A budget is a positive number of tokens or a share over 0 and up to 100%, found "
                    + (share == 0 ? tokens + " tokens." : share * 100 + "%."));
        }
    }

    public static Budget tokens(int tokens) {
        return new Budget(tokens, 0);
    }

    public static Budget share(double share) {
        return new Budget(0, share);
    }

    /** Tokens that it allows of a sequence of {@code length}. */
    public int of(int length) {
        return share == 0 ? tokens : (int) Math.ceil(share * length);
    }

    /** {@code 1024} or {@code 5%}. */
    @Override
    public String toString() {
        if (share == 0) {
            return Integer.toString(tokens);
        }
        String percent = Double.toString(share * 100);
        return (percent.endsWith(".0") ? percent.substring(0, percent.length() - 2) : percent) + "%";
    }
}
