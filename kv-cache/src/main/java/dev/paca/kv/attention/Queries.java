package dev.paca.kv.attention;

/**
 * The queries of one KV head's group for a run of tokens. Row {@code r} is head {@code r % group} of token
 * {@code r / group}; its {@code headDim} floats begin at {@link #at}.
 *
 * @param values rotated queries of a step
 * @param offset index of the first token's first head of this group
 * @param stride floats between tokens
 * @param tokens how many tokens
 * @param group query heads that share the KV head
 * @param headDim channels of a head
 * @param visible how many slots of the list the first token sees; each further one sees one more
 * @param scale what scores are multiplied with
 */
public record Queries(
        float[] values, int offset, int stride, int tokens, int group, int headDim, int visible, float scale) {
    public int rows() {
        return tokens * group;
    }

    /** Index of a row's first channel. */
    public int at(int row) {
        return offset + row / group * stride + row % group * headDim;
    }

    /** How many slots of the list a row sees. */
    public int visible(int row) {
        return visible + row / group;
    }

    /** The first row that sees a slot; rows after it do too. */
    public int firstThatSees(int slot) {
        return Math.max(0, slot + 1 - visible) * group;
    }
}
