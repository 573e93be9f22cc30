package dev.paca.model.tokenizer;

import java.util.Arrays;
import java.util.List;

/** The bytes of every token, and the way back: which token a span of bytes is. */
final class TokenTable {
    private final byte[] blob;
    private final int[] offsets;
    /** Open addressing with linear probing; −1 is free. */
    private final int[] slots;

    private int longest;

    /**
     * @param tokens each token's bytes
     * @param findable which of them {@link #find} may give; of two with the same bytes the first is found
     */
    TokenTable(List<byte[]> tokens, boolean[] findable) {
        offsets = new int[tokens.size() + 1];
        for (int id = 0; id < tokens.size(); id++) {
            offsets[id + 1] = Math.addExact(offsets[id], tokens.get(id).length);
        }
        blob = new byte[offsets[tokens.size()]];
        slots = new int[Integer.highestOneBit(Math.max(8, tokens.size())) * 4];
        Arrays.fill(slots, -1);
        for (int id = 0; id < tokens.size(); id++) {
            byte[] bytes = tokens.get(id);
            System.arraycopy(bytes, 0, blob, offsets[id], bytes.length);
            if (findable[id] && bytes.length > 0) {
                int slot = slot(bytes, 0, bytes.length);
                slots[slot] = slots[slot] < 0 ? id : slots[slot];
                longest = Math.max(longest, bytes.length);
            }
        }
    }

    byte[] bytes(int id) {
        return Arrays.copyOfRange(blob, offsets[id], offsets[id + 1]);
    }

    /** The token whose bytes are {@code text[from, to)}, or −1. */
    int find(byte[] text, int from, int to) {
        return to - from > longest || to == from ? -1 : slots[slot(text, from, to)];
    }

    private int slot(byte[] text, int from, int to) {
        int hash = 0x811C9DC5;
        for (int i = from; i < to; i++) {
            hash = (hash ^ text[i] & 0xFF) * 0x01000193;
        }
        int slot = (hash ^ hash >>> 15) & slots.length - 1;
        while (slots[slot] >= 0) {
            int id = slots[slot];
            if (Arrays.equals(blob, offsets[id], offsets[id + 1], text, from, to)) {
                break;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
