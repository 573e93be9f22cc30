package dev.paca.kv.index;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.Anchor;
import org.jspecify.annotations.Nullable;

/**
 * Estimates what attention a token's queries would give. Scores are logits in base 2, as attention computes them:
 * {@code q·k × scale × log2 e}. {@code queries} is one token's, a group of heads.
 */
public interface Scorer {
    /** Memory for one thread's calls. */
    Scratch scratch();

    /**
     * Scores full pages by their indexes: {@code scores[h * stride + i]} is what page {@code reads.pages()[i]} may hold for
     * query head {@code h}, for {@code i < count}.
     *
     * @param anchor what codes are relative to, where the index is made of codes
     */
    void pages(
            Reads reads,
            @Nullable Anchor anchor,
            int count,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch);

    /**
     * Estimates the scores that {@link #pages} gives by a sketch of the pages: {@code scores[i]} is the largest of the query
     * heads' for page {@code i} of the table, for {@code i < count}, which is a multiple of {@link Sketch#GROUP}. The same
     * bits from every scorer.
     */
    void sketched(Sketch sketch, int count, Queries queries, float[] scores, Scratch scratch);

    /** The {@code k}-th largest of the first {@code n} scores, none of which is NaN; {@code k} from 1 to {@code n}. */
    float nth(float[] scores, int n, int k, Scratch scratch);

    /**
     * The indexes of the scores that are not less than {@code least}, ascending.
     *
     * @param into has room for {@code n} and a vector
     * @return how many there are
     */
    int atLeast(float least, float[] scores, int n, int[] into);

    /**
     * Scores tokens by their keys, slots {@code first} to {@code last - 1}: {@code scores[h * stride + slot]}.
     *
     * @param channels the channels to look at, or null for all
     */
    void tokens(
            Reads reads,
            int first,
            int last,
            int @Nullable [] channels,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch);

    /** The largest of {@code count} scores from index {@code from} on, at least one. */
    float largest(float[] scores, int from, int count);

    /** The attention that {@code count} scores from index {@code from} on stand for: the sum of {@code 2^(score - max)}. */
    float mass(float[] scores, int from, int count, float max);

    /** Adds {@code factor · 2^(score - max)} to {@code into[i]} for the score at {@code from + i}, for {@code i < count}. */
    void addMass(float[] scores, int from, int count, float max, float factor, float[] into);

    /** Working memory of a scorer. */
    interface Scratch {}
}
