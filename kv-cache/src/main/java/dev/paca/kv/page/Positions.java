package dev.paca.kv.page;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The position of each slot of a table: its own number, until something is evicted. Ascending. */
final class Positions {
    private int @Nullable [] positions;

    Positions() {}

    /** @param positions of every slot, ascending */
    Positions(int[] positions) {
        this.positions = positions;
    }

    int of(int slot) {
        return positions == null ? slot : positions[slot];
    }

    /** Whether every slot's position is its number. */
    boolean areSlots() {
        return positions == null;
    }

    /** Slots {@code slots} to {@code slots + more - 1} are at {@code position} and those after it. */
    void add(int slots, int more, int position) {
        if (positions == null) {
            return;
        }
        if (positions.length < slots + more) {
            positions = Arrays.copyOf(positions, Math.max(slots + more, 2 * positions.length));
        }
        for (int i = 0; i < more; i++) {
            positions[slots + i] = position + i;
        }
    }

    /** How many of the first {@code slots} are before position {@code length}. */
    int slots(int slots, int length) {
        int before = slots;
        while (before > 0 && of(before - 1) >= length) {
            before--;
        }
        return before;
    }

    /** There are no slots any more. */
    void clear() {
        positions = null;
    }

    Positions copy() {
        return positions == null ? new Positions() : new Positions(positions.clone());
    }

    long bytes() {
        return positions == null ? 0 : 4L * positions.length;
    }
}
