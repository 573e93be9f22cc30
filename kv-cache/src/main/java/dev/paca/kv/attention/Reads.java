package dev.paca.kv.attention;

import dev.paca.kv.page.PageStore;
import org.jspecify.annotations.Nullable;

/**
 * What a run of queries reads of one KV head, in ascending order of position: pages, or single slots of pages. Dense
 * attention reads the page table itself; a selector gives a shorter list. Without {@code slots} every page is full but the
 * last.
 *
 * @param store where the pages are
 * @param pages page ids
 * @param tokens how many tokens to read, counted over the list
 * @param slots null: token {@code i} of the list is the {@code i}-th of the pages. Else it is number {@code slots[i]}
 */
public record Reads(PageStore store, int[] pages, int tokens, int @Nullable [] slots) {
    /** Pages one after the other. */
    public Reads(PageStore store, int[] pages, int tokens) {
        this(store, pages, tokens, null);
    }

    /** Which token of the pages stands at a place of the list. */
    public int slot(int i) {
        return slots == null ? i : slots[i];
    }

    /** How many tokens from place {@code i} on, up to {@code most}, stand one after the other in one page. */
    public int run(int i, int most) {
        int pageTokens = store.format().tokens();
        int first = slot(i);
        int end = Math.min(most, pageTokens - first % pageTokens);
        int count = 1;
        while (count < end && slot(i + count) == first + count) {
            count++;
        }
        return count;
    }
}
