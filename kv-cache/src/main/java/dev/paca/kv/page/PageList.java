package dev.paca.kv.page;

import java.util.Arrays;

/** Pages that were taken ahead, in order. */
final class PageList {
    private int[] pages = new int[0];
    private int size;

    int size() {
        return size;
    }

    int get(int i) {
        return pages[i];
    }

    void add(int page) {
        if (size == pages.length) {
            pages = Arrays.copyOf(pages, Math.max(4, 2 * size));
        }
        pages[size++] = page;
    }

    /** Appends the first {@code count} to a table's pages. */
    void moveTo(PageTable table, int count) {
        for (int i = 0; i < count; i++) {
            table.add(pages[i]);
        }
        System.arraycopy(pages, count, pages, 0, size - count);
        size -= count;
    }

    void copy(int[] to, int at) {
        System.arraycopy(pages, 0, to, at, size);
    }

    void release(PageStore store) {
        for (int i = 0; i < size; i++) {
            store.release(pages[i]);
        }
        size = 0;
    }

    /** Bytes of the list. */
    long bytes() {
        return 4L * pages.length;
    }
}
