package dev.paca.kv.evict;

import dev.paca.kv.Eviction;
import dev.paca.kv.PacaException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a method remembers of the attention that the slots of one KV head were given, and the scores that it makes of it.
 * Attention comes from the kernels that compute it anyway; slots that a selector did not read were given none.
 */
public interface Evidence {
    /** Takes in what tokens gave that have become part of the sequence. */
    void take(Given given);

    /** A score for each of the first {@code slots} slots, of which the largest are kept. No NaN. */
    float[] scores(int slots);

    /** Only these slots are left, in that order. */
    void keep(int[] slots, int count);

    /** Begins anew. */
    void clear();

    Evidence copy();

    void save(DataOutputStream out) throws IOException;

    void restore(DataInputStream in) throws IOException;

    /** Bytes that it takes. */
    long bytes();

    /** A number of things that follow in a stream. */
    static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0) {
            throw new PacaException("The saved KV cache is damaged: it tells of " + count
                    + " scores of tokens. Run the prompt again instead.");
        }
        return count;
    }

    /** A method's evidence; null if it needs none. */
    static @Nullable Evidence of(Eviction eviction) {
        return switch (eviction.method()) {
            case NONE, STREAMING_LLM -> null;
            case H2O -> new Mass(1, Eviction.Pool.AVG, 0);
            case SNAPKV, PYRAMIDKV -> new Mass(eviction.kernel(), eviction.pool(), eviction.window());
            case SCISSORHANDS -> new Persistence(eviction.history());
            case TOVA -> new Newest();
        };
    }
}
