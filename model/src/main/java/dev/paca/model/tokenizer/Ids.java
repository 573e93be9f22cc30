package dev.paca.model.tokenizer;

import java.util.Arrays;

/** Token ids as they come. */
final class Ids {
    private int[] values = new int[64];
    private int size;

    void add(int id) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = id;
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
