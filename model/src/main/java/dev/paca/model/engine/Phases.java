package dev.paca.model.engine;

import dev.paca.kv.Phase;
import java.util.Arrays;

/**
 * Which tokens of a sequence are prompt and which were made: ends of prompts and ends of what was made after them, in turn.
 * With it a sequence that lost its cache is run again exactly as it was run first, which matters wherever decoding reads
 * the cache otherwise than prefill does.
 */
final class Phases {
    private int[] ends;
    private int size;

    Phases() {
        ends = new int[8];
    }

    /** @param ends as {@link #toArray} gives them */
    Phases(int[] ends) {
        this.ends = Arrays.copyOf(ends, Math.max(8, ends.length));
        size = ends.length;
    }

    /** Tokens from {@code length} on are forgotten; those up to {@code prompt} are a prompt. */
    void prompt(int length, int prompt) {
        while (size > 0 && ends[size - 1] > length) {
            size--;
        }
        if (size % 2 == 1) {
            add(length);
        }
        add(prompt);
    }

    void clear() {
        size = 0;
    }

    /** Where the run of tokens around {@code token} ends: an end of a prompt or of an answer, or {@code length}. */
    int end(int token, int length) {
        int i = find(token);
        return i < size ? Math.min(ends[i], length) : length;
    }

    /** @param end where the tokens run together with this one end */
    Phase phase(int token, int end) {
        int i = find(token);
        if (i % 2 == 1) {
            return Phase.DECODE;
        }
        return i < size && end == ends[i] ? Phase.PREFILL_END : Phase.PREFILL;
    }

    Phases copy() {
        Phases copy = new Phases();
        copy.ends = ends.clone();
        copy.size = size;
        return copy;
    }

    int[] toArray() {
        return Arrays.copyOf(ends, size);
    }

    private int find(int token) {
        int i = 0;
        while (i < size && ends[i] <= token) {
            i++;
        }
        return i;
    }

    private void add(int end) {
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, 2 * size);
        }
        ends[size++] = end;
    }
}
