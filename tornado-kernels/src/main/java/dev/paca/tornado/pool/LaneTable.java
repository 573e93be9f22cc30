package dev.paca.tornado.pool;

import java.util.Arrays;

/** The page table of a sequence in one lane, and how many slots of it hold a token. */
final class LaneTable {
    private final Lane lane;
    private final int pageTokens;
    private int[] pages = new int[8];
    private int count;
    private int slots;
    /** Taken for an eviction, which must not write to pages that others hold. */
    private int[] spares = new int[0];

    LaneTable(Lane lane, int pageTokens) {
        this.lane = lane;
        this.pageTokens = pageTokens;
    }

    /** A second table of the same tokens, which shares their pages. */
    LaneTable share() {
        LaneTable other = new LaneTable(lane, pageTokens);
        other.pages = pages.clone();
        other.count = Math.ceilDiv(slots, pageTokens);
        other.slots = slots;
        for (int i = 0; i < other.count; i++) {
            lane.hold(pages[i]);
        }
        return other;
    }

    Lane lane() {
        return lane;
    }

    /** Pages, reserved ones included. */
    int count() {
        return count;
    }

    /** Pages that are held, spare ones included. */
    int held() {
        return count + spares.length;
    }

    int page(int index) {
        return pages[index];
    }

    /** Slots that hold a token. */
    int slots() {
        return slots;
    }

    void grow(int more) {
        slots += more;
    }

    /** Pages that are missing to hold so many tokens more. */
    int missing(int more) {
        return Math.max(0, Math.ceilDiv(slots + more, pageTokens) - count);
    }

    /** The page that is written to next; negative if that is one yet to be taken. */
    int writtenTo(int more) {
        int last = slots / pageTokens;
        return more > 0 && last < count ? pages[last] : -1;
    }

    /** Whether the page that is written to next is also read by others. */
    boolean copies(int more) {
        int page = writtenTo(more);
        return page >= 0 && lane.shared(page);
    }

    /** Pages that must be spare for an eviction that leaves so many slots: one for each page of theirs that others hold. */
    int wantedSpares(int kept) {
        int shared = 0;
        for (int i = 0; i < Math.min(count, Math.ceilDiv(kept, pageTokens)); i++) {
            shared += lane.shared(pages[i]) ? 1 : 0;
        }
        return shared;
    }

    int spares() {
        return spares.length;
    }

    /** Takes pages until so many are spare. */
    void takeSpares(int wanted) {
        int has = spares.length;
        if (wanted > has) {
            spares = Arrays.copyOf(spares, wanted);
            for (int i = has; i < wanted; i++) {
                spares[i] = lane.take();
            }
        }
    }

    void releaseSpares() {
        for (int page : spares) {
            lane.release(page);
        }
        spares = new int[0];
    }

    void push(int page) {
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, 2 * count);
        }
        pages[count++] = page;
    }

    /** Another page takes that place. */
    void replace(int index, int page) {
        pages[index] = page;
    }

    /** Another page takes the place of the one that is written to next. */
    void replaceWritten(int page) {
        pages[slots / pageTokens] = page;
    }

    /**
     * Only so many slots are left, and those from {@code same} on hold other tokens than before. Pages that others hold are
     * left to them, spare ones take their place.
     *
     * @return the pages that hold other tokens than before
     */
    int[] keep(int kept, int same) {
        int first = same / pageTokens;
        int wanted = Math.ceilDiv(kept, pageTokens);
        int next = 0;
        for (int i = first; i < wanted; i++) {
            if (lane.shared(pages[i])) {
                lane.release(pages[i]);
                pages[i] = spares[next++];
            }
        }
        spares = Arrays.copyOfRange(spares, next, spares.length);
        cut(kept);
        return Arrays.copyOfRange(pages, first, wanted);
    }

    /** Only the first slots are left. */
    void cut(int kept) {
        int wanted = Math.ceilDiv(kept, pageTokens);
        while (count > wanted) {
            lane.release(pages[--count]);
        }
        slots = kept;
    }
}
