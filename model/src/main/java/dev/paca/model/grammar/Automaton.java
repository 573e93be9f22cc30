package dev.paca.model.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Runs a grammar over bytes. A state is the set of all stacks that the bytes so far can have led to; states and stacks are
 * kept and found again, so that what was computed once, steps and masks, is a look-up from then on. Not safe for threads.
 */
final class Automaton {
    /** Rules within each other; JSON that is deeper is no longer read by everybody. */
    private static final int DEPTH = 200;

    /** Masks that are kept: 16 MB of a vocabulary of 128K. */
    private static final int MASKS = 1000;

    private static final BitSet NO_MASK = new BitSet(0);
    static final int DEAD = -1;
    private static final int UNKNOWN = -2;
    private static final int BOTTOM = 0;

    private final Grammar grammar;
    /** Of each stack: the place at its top, the stack below, how deep it is, and its shortest way to the end. */
    private int[] places = new int[256];

    private int[] below = new int[256];
    private int[] depths = new int[256];
    private int[] shortest = new int[256];
    private int stacks = 1;
    private int masks;
    private final Map<Long, Integer> stackIds = new HashMap<>();
    private final List<State> states = new ArrayList<>();
    private final Map<List<Integer>, Integer> stateIds = new HashMap<>();

    /** Stacks whose tops are byte classes; the empty stack among them means that the text may end. */
    private static final class State {
        final int[] stacks;
        final boolean ends;
        final int[] next = new int[256];
        BitSet mask;

        State(int[] stacks, boolean ends) {
            this.stacks = stacks;
            this.ends = ends;
            Arrays.fill(next, UNKNOWN);
            mask = NO_MASK;
        }
    }

    Automaton(Grammar grammar, int root) {
        this.grammar = grammar;
        TreeSet<Integer> tops = new TreeSet<>();
        for (int start : grammar.sequences(root)) {
            expand(stack(start, BOTTOM), tops);
        }
        state(tops);
    }

    /** The state before the first byte. */
    int start() {
        return 0;
    }

    /** How many states are known. */
    int size() {
        return states.size();
    }

    /** Whether the text may end here. */
    boolean ends(int state) {
        return states.get(state).ends;
    }

    /** The state after one more byte, or {@link #DEAD}. */
    int next(int state, int value) {
        State from = states.get(state);
        int known = from.next[value];
        return known == UNKNOWN ? step(from, value) : known;
    }

    /** Whether a byte means nothing in JSON, within a string. */
    static boolean isPlain(int value) {
        return value >= 0x20 && value < 0x7f && value != '"' && value != '\\';
    }

    /** Whether every plain byte leads from a state back to it. */
    boolean loops(int state) {
        for (int value = 0x20; value < 0x7f; value++) {
            if (isPlain(value) && next(state, value) != state) {
                return false;
            }
        }
        return true;
    }

    private int step(State from, int value) {
        TreeSet<Integer> tops = new TreeSet<>();
        for (int stack : from.stacks) {
            if (stack != BOTTOM && grammar.allows(grammar.symbol(places[stack]), value)) {
                expand(stack(places[stack] + 1, below[stack]), tops);
            }
        }
        int next = tops.isEmpty() ? DEAD : state(tops);
        from.next[value] = next;
        return next;
    }

    /** Bytes of the shortest way to where the text may end. */
    int distance(int state) {
        int least = Grammar.FAR;
        for (int stack : states.get(state).stacks) {
            least = Math.min(least, stack == BOTTOM ? 0 : shortest[stack]);
        }
        return least;
    }

    /** The tokens that lead on from a state, once they were found; empty before. */
    BitSet mask(int state) {
        return states.get(state).mask;
    }

    void mask(int state, BitSet tokens) {
        if (++masks > MASKS) {
            states.forEach(known -> known.mask = NO_MASK);
            masks = 1;
        }
        states.get(state).mask = tokens;
    }

    /** Follows rules down, and ends of sequences up, to the byte classes that may come next. */
    private void expand(int stack, TreeSet<Integer> tops) {
        if (stack == BOTTOM) {
            tops.add(BOTTOM);
            return;
        }
        int place = places[stack];
        int symbol = grammar.symbol(place);
        if (symbol == Grammar.END) {
            expand(below[stack], tops);
        } else if (symbol >= 0) {
            tops.add(stack);
        } else {
            // A rule at the end of a sequence takes its place, so that repetition does not grow the stack.
            boolean last = grammar.symbol(place + 1) == Grammar.END;
            int under = last ? below[stack] : stack(place + 1, below[stack]);
            if (depths[under] < DEPTH) {
                for (int start : grammar.sequences(symbol)) {
                    expand(stack(start, under), tops);
                }
            }
        }
    }

    private int stack(int place, int under) {
        long key = (long) place << 32 | under;
        Integer known = stackIds.get(key);
        if (known != null) {
            return known;
        }
        if (stacks == places.length) {
            places = Arrays.copyOf(places, 2 * stacks);
            below = Arrays.copyOf(below, 2 * stacks);
            depths = Arrays.copyOf(depths, 2 * stacks);
            shortest = Arrays.copyOf(shortest, 2 * stacks);
        }
        places[stacks] = place;
        below[stacks] = under;
        depths[stacks] = depths[under] + 1;
        shortest[stacks] = Math.min(Grammar.FAR, grammar.rest(place) + shortest[under]);
        stackIds.put(key, stacks);
        return stacks++;
    }

    private int state(TreeSet<Integer> tops) {
        List<Integer> key = List.copyOf(tops);
        Integer known = stateIds.get(key);
        if (known != null) {
            return known;
        }
        states.add(new State(key.stream().mapToInt(Integer::intValue).toArray(), key.contains(BOTTOM)));
        stateIds.put(key, states.size() - 1);
        return states.size() - 1;
    }
}
