package dev.paca.kv.page;

/**
 * One half of a page, the keys or the values of one KV head, as a matrix of elements in row-major order. Keys are laid out
 * channel by channel ({@code tokensInRows} false: row = channel, column = slot), because a score is then a sum of whole
 * vectors of slots, with no sum across lanes; values are laid out token by token (row = slot, column = channel), because
 * the output is a sum of whole vectors of channels.
 *
 * @param tokens slots of the page
 * @param dims channels of the head
 * @param tokensInRows whether a row is a slot
 */
public record Block(int tokens, int dims, boolean tokensInRows) {
    /** The keys of a page. */
    public static Block keys(int tokens, int dims) {
        return new Block(tokens, dims, false);
    }

    /** The values of a page. */
    public static Block values(int tokens, int dims) {
        return new Block(tokens, dims, true);
    }

    public int rows() {
        return tokensInRows ? tokens : dims;
    }

    public int columns() {
        return tokensInRows ? dims : tokens;
    }

    public int elements() {
        return tokens * dims;
    }

    /** Index of the first channel of a slot. */
    public int first(int slot) {
        return tokensInRows ? slot * dims : slot;
    }

    /** Elements between neighbouring channels of a slot. */
    public int step() {
        return tokensInRows ? 1 : tokens;
    }
}
