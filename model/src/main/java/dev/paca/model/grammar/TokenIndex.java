package dev.paca.model.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary in the order of its tokens' bytes, each with how much it shares with the one before: a trie laid flat. Where
 * a byte does not lead on, all tokens that share it are passed over. Shared by threads.
 */
public final class TokenIndex {
    private final int[] ids;
    private final byte[][] bytes;
    private final int[] shared;
    /** Tokens of nothing but letters, digits and the like, which a string of JSON may go on with anywhere. */
    private final BitSet plain = new BitSet();
    /** Places of the others, and how much each shares with the one of them before. */
    private final int[] marked;

    private final int[] markedShared;
    /** Where a token stands in the order, by id; negative if it is no text. */
    private final int[] places;

    private final int longest;
    private final BitSet ends = new BitSet();

    private TokenIndex(int size, int[] ids, byte[][] bytes, BitSet ends) {
        this.ids = ids;
        this.bytes = bytes;
        this.ends.or(ends);
        shared = new int[ids.length];
        places = new int[size];
        Arrays.fill(places, -1);
        int most = 0;
        for (int i = 0; i < ids.length; i++) {
            int common = i == 0 ? 0 : Arrays.mismatch(bytes[i - 1], bytes[i]);
            shared[i] = common < 0 ? bytes[i].length : common;
            most = Math.max(most, bytes[i].length);
            places[ids[i]] = i;
        }
        longest = most;
        int[] rest = new int[ids.length];
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (isPlain(bytes[i])) {
                plain.set(ids[i]);
            } else {
                rest[count++] = i;
            }
        }
        marked = Arrays.copyOf(rest, count);
        markedShared = new int[count];
        for (int i = 1; i < count; i++) {
            markedShared[i] = Arrays.mismatch(bytes[marked[i - 1]], bytes[marked[i]]);
            if (markedShared[i] < 0) {
                markedShared[i] = bytes[marked[i]].length;
            }
        }
    }

    private static boolean isPlain(byte[] token) {
        for (byte b : token) {
            if (!Automaton.isPlain(b)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Orders a vocabulary.
     *
     * @param size ids are less
     * @param bytes what a token says
     * @param special whether a token is no text
     * @param ends whether a token ends the text
     */
    public static TokenIndex of(int size, IntFunction<byte[]> bytes, IntPredicate special, IntPredicate ends) {
        byte[][] all = new byte[size][];
        BitSet ending = new BitSet(size);
        Integer[] order = new Integer[size];
        int count = 0;
        for (int id = 0; id < size; id++) {
            all[id] = bytes.apply(id);
            if (ends.test(id)) {
                ending.set(id);
            } else if (!special.test(id) && all[id].length > 0) {
                order[count++] = id;
            }
        }
        Arrays.sort(order, 0, count, (a, b) -> Arrays.compareUnsigned(all[a], all[b]));
        int[] ids = new int[count];
        byte[][] sorted = new byte[count][];
        for (int i = 0; i < count; i++) {
            ids[i] = order[i];
            sorted[i] = all[ids[i]];
        }
        return new TokenIndex(size, ids, sorted, ending);
    }

    /** Tokens that end a text. */
    BitSet ends() {
        return ends;
    }

    /** The bytes of a token, or none if it is no text. */
    byte[] bytes(int id) {
        return places[id] < 0 ? new byte[0] : bytes[places[id]];
    }

    /** Tokens that lead on from a state to one whose shortest way to the end is at most that long. */
    BitSet leading(Automaton automaton, int state, int farthest) {
        if (farthest >= Grammar.FAR && automaton.loops(state)) {
            // Within a string, which is where most of an answer is: all plain tokens lead on, and back to here.
            BitSet leading = (BitSet) plain.clone();
            walk(automaton, state, farthest, marked, markedShared, leading);
            return leading;
        }
        BitSet leading = new BitSet();
        walk(automaton, state, farthest, null, shared, leading);
        return leading;
    }

    /** @param order places of the tokens to try, null for all */
    private void walk(
            Automaton automaton, int state, int farthest, int @Nullable [] order, int[] common, BitSet leading) {
        int[] path = new int[longest + 1];
        path[0] = state;
        int alive = 0;
        for (int i = 0; i < common.length; i++) {
            int depth = common[i];
            if (depth > alive) {
                continue;
            }
            int place = order == null ? i : order[i];
            byte[] token = bytes[place];
            while (depth < token.length) {
                int next = automaton.next(path[depth], token[depth] & 0xff);
                if (next == Automaton.DEAD) {
                    break;
                }
                path[++depth] = next;
            }
            alive = depth;
            if (depth == token.length && (farthest >= Grammar.FAR || automaton.distance(path[depth]) <= farthest)) {
                leading.set(ids[place]);
            }
        }
    }
}
