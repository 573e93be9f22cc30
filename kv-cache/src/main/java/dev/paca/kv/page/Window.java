package dev.paca.kv.page;

import dev.paca.kv.Storage;

/**
 * Which slots of a table are open: kept as they came, since the scales that would encode them are not known yet. Slots are
 * opened and encoded {@code tokens} at a time. A token sees the slots of its own window open and those before it encoded,
 * however many tokens a step runs, so what it reads depends on nothing but its place.
 *
 * <p>That is KIVI's residual (arXiv 2402.02750), with two differences: keys and values are encoded at the same time, where
 * the reference lets values leave one by one; and a prompt's tokens attend to what decode would have left, where the
 * reference attends to full precision in one prefill. So chunks, batches and recomputation change no bits.
 *
 * @param tokens slots of a window, a multiple of a page's; 0 if none is ever open
 * @param repeats whether every window is open at first, or the first alone
 */
record Window(int tokens, boolean repeats) {
    /** All is encoded as it comes. */
    static final Window NONE = new Window(0, false);

    /** The window of a storage for keys and one for values. */
    static Window of(Storage k, Storage v, int pageTokens) {
        if (!k.waits() && !v.waits()) {
            return NONE;
        }
        return new Window(Math.max(Storage.WINDOW, pageTokens), k.isGrouped() || v.isGrouped());
    }

    boolean isNone() {
        return tokens == 0;
    }

    /** How many of {@code count} slots are encoded when nothing is under way. */
    int encoded(int count) {
        if (repeats) {
            return count / tokens * tokens;
        }
        return count < tokens ? 0 : count;
    }

    /** How many slots the token in a slot sees encoded, itself included. */
    int seen(int slot) {
        if (repeats) {
            return slot / tokens * tokens;
        }
        return slot < tokens ? 0 : slot + 1;
    }

    /** The end of the run of slots whose tokens see the same slots open. */
    int sight(int slot) {
        if (repeats) {
            return (slot / tokens + 1) * tokens;
        }
        return slot < tokens ? tokens : Integer.MAX_VALUE;
    }
}
