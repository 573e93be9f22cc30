package dev.paca.kv.host;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Full pages by the tokens that lead to them, so that sequences with the same beginning share it. A block is a page of tokens
 * with all that came before: its key chains its predecessor's with the hash of its tokens, and a match is verified by the
 * tokens themselves. The policy is part of the beginning. Blocks that no sequence uses stay until their bytes are needed;
 * those that were used longest ago go first.
 */
final class PrefixCache {
    /** One page of tokens after others, and its page in each table. */
    static final class Block {
        private final @Nullable Block parent;
        private final KvPolicy policy;
        private final long key;
        private final int[] tokens;
        private final PageStore store;
        private final int[] pages;
        private final int depth;
        private int children;
        private long lastUse;
        private boolean dropped;

        private Block(@Nullable Block parent, KvPolicy policy, long key, int[] tokens, PageStore store, int[] pages) {
            this.parent = parent;
            this.policy = policy;
            this.key = key;
            this.tokens = tokens;
            this.store = store;
            this.pages = pages;
            this.depth = parent == null ? 1 : parent.depth + 1;
        }

        private boolean isAfter(@Nullable Block before, KvPolicy same, int[] ids, int from) {
            return parent == before
                    && policy.equals(same)
                    && Arrays.equals(tokens, 0, tokens.length, ids, from, from + tokens.length);
        }

        /** Pages of this block that no sequence uses. */
        private int idlePages() {
            int idle = 0;
            for (int page : pages) {
                idle += store.references(page) == 1 ? 1 : 0;
            }
            return idle;
        }

        /** Its page in a table. */
        int page(int table) {
            return pages[table];
        }

        /** The block of as many pages at the beginning. */
        @Nullable
        Block ancestor(int pageCount) {
            Block block = this;
            while (block != null && block.depth > pageCount) {
                block = block.parent;
            }
            return block;
        }

        /** Pages of tokens up to this block's end. */
        int depth() {
            return depth;
        }

        boolean isDropped() {
            return dropped;
        }
    }

    private final Map<Long, Block> blocks = new HashMap<>();
    private long clock;

    /** The blocks of the longest beginning of {@code ids} that is held, at most {@code limit} of them, in order. */
    List<Block> find(KvPolicy policy, int[] ids, int limit) {
        List<Block> found = new ArrayList<>();
        Block last = null;
        long now = ++clock;
        int size = policy.pageTokens();
        while (found.size() < limit) {
            Block next = blocks.get(key(last, policy, ids, found.size() * size));
            if (next == null || !next.isAfter(last, policy, ids, found.size() * size)) {
                break;
            }
            next.lastUse = now;
            found.add(next);
            last = next;
        }
        return found;
    }

    /**
     * Keeps a sequence's page number {@code last.depth()}, which has just become full.
     *
     * @param last the block before it, or null
     * @param ids the sequence's tokens
     * @param tables its tables, all complete
     * @return the block, which may have been there already with other pages; null if it cannot be kept
     */
    @Nullable
    Block add(@Nullable Block last, KvPolicy policy, int[] ids, PageTable[] tables) {
        int number = last == null ? 0 : last.depth;
        int from = number * policy.pageTokens();
        long key = key(last, policy, ids, from);
        Block there = blocks.get(key);
        if (there != null) {
            // Another beginning with the same key is left where it is.
            return there.isAfter(last, policy, ids, from) ? touch(there) : null;
        }
        PageStore store = tables[0].store();
        int[] pages = new int[tables.length];
        for (int t = 0; t < tables.length; t++) {
            pages[t] = tables[t].pages()[number];
            store.retain(pages[t]);
        }
        int[] tokens = Arrays.copyOfRange(ids, from, from + policy.pageTokens());
        Block block = new Block(last, policy, key, tokens, store, pages);
        blocks.put(key, block);
        if (last != null) {
            last.children++;
        }
        return touch(block);
    }

    /** Whoever uses a block uses all before it. */
    private Block touch(Block block) {
        clock++;
        for (Block used = block; used != null; used = used.parent) {
            used.lastUse = clock;
        }
        return block;
    }

    private static long key(@Nullable Block last, KvPolicy policy, int[] ids, int from) {
        long hash = last == null ? policy.hashCode() : last.key;
        for (int i = from; i < from + policy.pageTokens(); i++) {
            hash = (hash ^ ids[i]) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 29;
        }
        return hash;
    }

    /** Blocks in the order in which they should go: used longest ago first, later pages before earlier ones. */
    List<Block> oldestFirst() {
        List<Block> order = new ArrayList<>(blocks.values());
        order.sort(Comparator.comparingLong((Block block) -> block.lastUse)
                .thenComparing(Comparator.comparingInt(Block::depth).reversed()));
        return order;
    }

    /** Gives a block's pages back, if no sequence uses them and no block follows it. */
    boolean drop(Block block) {
        if (block.children > 0 || block.idlePages() < block.pages.length) {
            return false;
        }
        release(block);
        blocks.remove(block.key);
        if (block.parent != null) {
            block.parent.children--;
        }
        return true;
    }

    private static void release(Block block) {
        block.dropped = true;
        for (int page : block.pages) {
            block.store.release(page);
        }
    }

    /** Pages of a store that are held for no sequence. */
    long idlePages(PageStore store) {
        long idle = 0;
        for (Block block : blocks.values()) {
            idle += block.store == store ? block.idlePages() : 0;
        }
        return idle;
    }

    /** Pages of a store that one sequence uses, and that are kept here as well. */
    long usedOnce(PageStore store) {
        long count = 0;
        for (Block block : blocks.values()) {
            if (block.store == store) {
                for (int page : block.pages) {
                    count += store.references(page) == 2 ? 1 : 0;
                }
            }
        }
        return count;
    }

    /** Every reference that is held here, for checks: page ids of a store, each as often as it is referred to. */
    int[] references(PageStore store) {
        return blocks.values().stream()
                .filter(block -> block.store == store)
                .flatMapToInt(block -> Arrays.stream(block.pages))
                .toArray();
    }

    /** Forgets everything; the stores are closed. */
    void clear() {
        blocks.clear();
    }
}
