package dev.paca.kv.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Equal places in large off-heap chunks, and the references to them. A place's id is {@code chunk << shift | number}. Places
 * are taken from the lowest chunk that has one, so that the others empty; an empty chunk goes back to the system, except one
 * that is kept against a coming and going at its edge.
 */
final class Chunks {
    private static final long CHUNK_BYTES = SystemMemory.HUGE;
    /** Vector readers may read up to one vector past a place; what they find there is never used. */
    private static final long SLACK = 64;

    private final long stride;
    private final PageMemory memory;
    /** Places of a whole chunk. */
    private final int capacity;

    private final int shift;
    private final List<@Nullable Chunk> chunks = new ArrayList<>();
    private final BitSet withFree = new BitSet();
    private long used;
    private long shared;
    private long free;
    private boolean scratched;

    /** @param stride bytes of a place */
    Chunks(long stride, PageMemory memory) {
        this.stride = stride;
        this.memory = memory;
        this.capacity = (int) Math.max(16, (CHUNK_BYTES - SLACK) / stride);
        this.shift = 32 - Integer.numberOfLeadingZeros(capacity - 1);
    }

    /** Places that someone refers to. */
    long used() {
        return used;
    }

    /** Places with more than one reference. */
    long shared() {
        return shared;
    }

    /** Places that can be taken without asking the system. */
    long free() {
        return free;
    }

    /** Bytes that {@code places} more would take from the system at least. */
    long growth(long places) {
        long missing = Math.max(0, places - free);
        return missing * stride + Math.ceilDiv(missing, capacity) * SLACK;
    }

    /**
     * Makes sure of {@code places} free ones; the caller has checked that {@link #growth} is available. Takes whole chunks
     * where that leaves {@code others} bytes, which the caller needs for something else.
     */
    void grow(long places, long others) {
        long whole = capacity * stride + SLACK;
        while (free < places) {
            boolean roomy = growth(places) + whole + others <= memory.available();
            int count = (int) (roomy ? capacity : Math.min(capacity, places - free));
            long size = count * stride + SLACK;
            memory.take(size);
            withFree.set(put(new Chunk(size, count, true)));
            free += count;
        }
    }

    /** A place with one reference; its bytes are what they were. The caller has seen to a free one. */
    int take() {
        int c = withFree.nextSetBit(0);
        if (c < 0) {
            throw new IllegalStateException("A page was taken that was not secured before.");
        }
        Chunk chunk = chunk(c);
        int number = chunk.freePlaces[--chunk.freeCount];
        chunk.references[number] = 1;
        if (chunk.freeCount == 0) {
            withFree.clear(c);
        }
        used++;
        free--;
        return c << shift | number;
    }

    void retain(int place) {
        if (++chunk(place >>> shift).references[number(place)] == 2) {
            shared++;
        }
    }

    /** The last reference frees the place. */
    void release(int place) {
        int c = place >>> shift;
        Chunk chunk = chunk(c);
        int left = --chunk.references[number(place)];
        if (left < 0) {
            throw new IllegalStateException("Page " + place + " was released more often than retained.");
        }
        if (left == 1) {
            shared--;
        } else if (left == 0) {
            chunk.freePlaces[chunk.freeCount++] = number(place);
            withFree.set(c);
            used--;
            free++;
            if (chunk.freeCount == chunk.references.length && free > chunk.references.length) {
                drop(c);
            }
        }
    }

    int references(int place) {
        return chunk(place >>> shift).references[number(place)];
    }

    /** The memory of the chunk in which a place lies. */
    MemorySegment bytes(int place) {
        return chunk(place >>> shift).bytes;
    }

    /** Which place of its chunk it is. */
    int number(int place) {
        return place & (1 << shift) - 1;
    }

    /** How many places its chunk has. */
    int count(int place) {
        return chunk(place >>> shift).references.length;
    }

    /** Places that count against no limit; they stay until {@link #dropScratch}. */
    int[] scratch(int count) {
        int[] places = new int[count];
        scratched |= count > 0;
        for (int done = 0; done < count; ) {
            int some = Math.min(count - done, capacity);
            int c = put(new Chunk(some * stride + SLACK, some, false));
            for (int i = 0; i < some; i++) {
                places[done++] = c << shift | i;
            }
        }
        return places;
    }

    /** Gives what {@link #scratch} has made back to the system. */
    void dropScratch() {
        for (int c = 0; scratched && c < chunks.size(); c++) {
            Chunk chunk = chunks.get(c);
            if (chunk != null && !chunk.counted) {
                chunk.arena.close();
                chunks.set(c, null);
            }
        }
        scratched = false;
    }

    /** Gives every empty chunk back to the system. */
    void trim() {
        for (int c = 0; c < chunks.size(); c++) {
            Chunk chunk = chunks.get(c);
            if (chunk != null && chunk.freeCount == chunk.references.length) {
                drop(c);
            }
        }
    }

    /** Gives all of them back. */
    void close() {
        for (Chunk chunk : chunks) {
            if (chunk != null) {
                chunk.arena.close();
                memory.giveBack(chunk.counted ? chunk.bytes.byteSize() : 0);
            }
        }
        chunks.clear();
        withFree.clear();
        used = shared = free = 0;
    }

    private Chunk chunk(int c) {
        Chunk chunk = chunks.get(c);
        if (chunk == null) {
            throw new IllegalStateException("Chunk " + c + " was given back.");
        }
        return chunk;
    }

    private int put(Chunk chunk) {
        int c = chunks.indexOf(null);
        if (c < 0) {
            c = chunks.size();
            chunks.add(null);
        }
        chunks.set(c, chunk);
        return c;
    }

    private void drop(int c) {
        Chunk chunk = chunk(c);
        chunk.arena.close();
        memory.giveBack(chunk.bytes.byteSize());
        free -= chunk.references.length;
        withFree.clear(c);
        chunks.set(c, null);
    }

    private static final class Chunk {
        /** Shared, since the threads that read pages are others than the one that frees them. */
        final Arena arena = Arena.ofShared();

        final MemorySegment bytes;
        final int[] references;
        final int[] freePlaces;
        /** Whether it counts against the limit, and its places can be taken. */
        final boolean counted;

        int freeCount;

        Chunk(long size, int places, boolean counted) {
            bytes = SystemMemory.allocate(size, arena);
            references = new int[places];
            freePlaces = new int[places];
            this.counted = counted;
            freeCount = counted ? places : 0;
            for (int i = 0; i < places; i++) {
                freePlaces[i] = places - 1 - i;
            }
        }
    }
}
