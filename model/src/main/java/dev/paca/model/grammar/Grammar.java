package dev.paca.model.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A context-free grammar over bytes, without left recursion. A rule is a choice of sequences; a sequence's symbols are byte
 * classes (0 and above) and rules (below 0, {@code ~rule}). Sequences lie one after the other in one array, each closed by
 * {@link #END}, so that a place in the grammar is one number.
 */
final class Grammar {
    static final int END = Integer.MIN_VALUE;
    /** More than any completion that a generation could have room for; a rule that cannot end has this length. */
    static final int FAR = 1 << 28;

    private int[] symbols = new int[256];
    private int used;
    private final List<int[]> rules = new ArrayList<>();
    private final List<BitSet> classes = new ArrayList<>();
    private int[] shortest = new int[0];

    /** A new rule, still without sequences. */
    int rule() {
        rules.add(new int[0]);
        return ~(rules.size() - 1);
    }

    /** Adds a sequence to a rule. */
    void add(int rule, int... sequence) {
        int[] starts = Arrays.copyOf(rules.get(~rule), rules.get(~rule).length + 1);
        starts[starts.length - 1] = used;
        rules.set(~rule, starts);
        for (int symbol : sequence) {
            append(symbol);
        }
        append(END);
    }

    private void append(int symbol) {
        if (used == symbols.length) {
            symbols = Arrays.copyOf(symbols, 2 * used);
        }
        symbols[used++] = symbol;
    }

    /** The class of these bytes. */
    int bytes(BitSet set) {
        int known = classes.indexOf(set);
        if (known >= 0) {
            return known;
        }
        classes.add((BitSet) set.clone());
        return classes.size() - 1;
    }

    /** The class of the bytes in these ranges, which come in pairs of first and last. */
    int ranges(int... firstAndLast) {
        BitSet set = new BitSet(256);
        for (int i = 0; i < firstAndLast.length; i += 2) {
            set.set(firstAndLast[i], firstAndLast[i + 1] + 1);
        }
        return bytes(set);
    }

    /** A sequence of exactly these bytes of UTF-8. */
    int[] literal(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int[] sequence = new int[utf8.length];
        for (int i = 0; i < utf8.length; i++) {
            sequence[i] = ranges(utf8[i] & 0xff, utf8[i] & 0xff);
        }
        return sequence;
    }

    static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** To be called when all rules are there: finds the shortest text of each, and drops sequences that never end. */
    void complete() {
        shortest = new int[rules.size()];
        Arrays.fill(shortest, FAR);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int rule = 0; rule < shortest.length; rule++) {
                for (int start : rules.get(rule)) {
                    int length = rest(start);
                    if (length < shortest[rule]) {
                        shortest[rule] = length;
                        changed = true;
                    }
                }
            }
        }
        rules.replaceAll(starts ->
                Arrays.stream(starts).filter(start -> rest(start) < FAR).toArray());
    }

    /** Bytes of the shortest text from a place to the end of its sequence. */
    int rest(int place) {
        int length = 0;
        for (int i = place; symbols[i] != END; i++) {
            length = Math.min(FAR, length + (symbols[i] >= 0 ? 1 : shortest[~symbols[i]]));
        }
        return length;
    }

    /** Bytes of the longest among the rules' shortest texts: how far the end may move away at once. */
    int longestShortest() {
        return Arrays.stream(shortest).filter(length -> length < FAR).max().orElse(0);
    }

    int symbol(int place) {
        return symbols[place];
    }

    int[] sequences(int rule) {
        return rules.get(~rule);
    }

    boolean allows(int byteClass, int value) {
        return classes.get(byteClass).get(value);
    }
}
