package dev.paca.tornado.pool;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which full page holds which tokens after which page, so that a prompt that begins like an earlier one finds the pages of
 * the beginning. Pages that nobody holds any more stay findable until they are needed, the longest unused going first.
 */
final class Prefixes {
    /** Stands for the page before the first. */
    static final long ROOT = 0;

    private final Map<Key, Integer> pages = new HashMap<>();
    private final Map<Integer, Key> keys = new HashMap<>();
    private final Map<Integer, Long> serials = new HashMap<>();
    private final LinkedHashSet<Integer> unheld = new LinkedHashSet<>();
    private long nextSerial = ROOT + 1;

    /** A page's tokens, and which page they follow: a serial number, since page numbers are used again. */
    private record Key(long parent, int[] tokens) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && key.parent == parent && Arrays.equals(key.tokens, tokens);
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(parent) + Arrays.hashCode(tokens);
        }
    }

    /** The page that holds these tokens after that one, or -1. */
    int find(long parent, int[] tokens) {
        return pages.getOrDefault(new Key(parent, tokens), -1);
    }

    /** The serial number of a page that is known. */
    long serial(int page) {
        return serials.get(page);
    }

    boolean knows(int page) {
        return keys.containsKey(page);
    }

    /** Remembers a page that has just become full; one with the same contents stays, if there is one. */
    void add(long parent, int[] tokens, int page) {
        Key key = new Key(parent, tokens);
        if (pages.putIfAbsent(key, page) == null) {
            keys.put(page, key);
            serials.put(page, nextSerial++);
        }
    }

    /** Forgets a page, because it is going to be written to. */
    void remove(int page) {
        Key key = keys.remove(page);
        if (key != null) {
            pages.remove(key);
            serials.remove(page);
        }
        unheld.remove(page);
    }

    /** Nobody holds this known page any more. */
    void release(int page) {
        unheld.add(page);
    }

    /** Somebody holds it again. */
    void hold(int page) {
        unheld.remove(page);
    }

    /** How many pages could be given up. */
    int spare() {
        return unheld.size();
    }

    /** Gives up the page that has been unused for longest. */
    int evict() {
        int page = unheld.getFirst();
        remove(page);
        return page;
    }
}
