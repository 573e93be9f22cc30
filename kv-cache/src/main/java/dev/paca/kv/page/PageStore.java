package dev.paca.kv.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All pages of one format: their bytes in large off-heap chunks, and their reference counts. A page's id is
 * {@code chunk << shift | place}. Pages are taken from the lowest chunk that has one, so that the others empty; an empty
 * chunk goes back to the system, except one that is kept against a coming and going at its edge.
 */
public final class PageStore implements AutoCloseable {
    private static final long CHUNK_BYTES = SystemMemory.HUGE;
    /** Vector readers may read up to one vector past a page; what they find there is never used. */
    private static final long SLACK = 64;

    private final PageFormat format;
    private final PageMemory memory;
    private final Codec keyCodec;
    private final Codec valueCodec;
    private final long pageBytes;
    private final long valuesAt;
    private final long indexBytes;
    /** Pages of a whole chunk. */
    private final int capacity;

    private final int shift;
    private final List<@Nullable Chunk> chunks = new ArrayList<>();
    private final BitSet withFree = new BitSet();
    private long used;
    private long shared;
    private long free;

    public PageStore(PageFormat format, PageMemory memory) {
        this.format = format;
        this.memory = memory;
        this.keyCodec = Codec.of(format.k());
        this.valueCodec = Codec.of(format.v());
        this.pageBytes = format.bytes();
        this.valuesAt = format.valuesAt();
        this.indexBytes = format.indexBytes();
        this.capacity = (int) Math.max(16, (CHUNK_BYTES - SLACK) / (pageBytes + indexBytes));
        this.shift = 32 - Integer.numberOfLeadingZeros(capacity - 1);
    }

    public PageFormat format() {
        return format;
    }

    /** Pages that someone refers to. */
    public long used() {
        return used;
    }

    /** Pages with more than one reference. */
    public long shared() {
        return shared;
    }

    /** Pages that can be taken without asking the system. */
    public long free() {
        return free;
    }

    /** Bytes of the chunk memory that {@code pages} more pages would take from the system at least. */
    public long growth(long pages) {
        long missing = Math.max(0, pages - free);
        return missing * (pageBytes + indexBytes) + Math.ceilDiv(missing, capacity) * SLACK;
    }

    /**
     * Makes sure of {@code pages} free pages; the caller has checked that {@link #growth} is available. Takes whole chunks
     * where that leaves {@code others} bytes, which the caller needs for something else.
     */
    public void grow(long pages, long others) {
        long whole = capacity * (pageBytes + indexBytes) + SLACK;
        while (free < pages) {
            boolean roomy = growth(pages) + whole + others <= memory.available();
            addChunk((int) (roomy ? capacity : Math.min(capacity, pages - free)));
        }
    }

    /** A page with one reference; its bytes are what they were. The caller has grown the store. */
    public int take() {
        int c = withFree.nextSetBit(0);
        if (c < 0) {
            throw new IllegalStateException("A page was taken that was not secured before.");
        }
        Chunk chunk = chunk(c);
        int place = chunk.freePlaces[--chunk.freeCount];
        chunk.references[place] = 1;
        if (chunk.freeCount == 0) {
            withFree.clear(c);
        }
        used++;
        free--;
        return c << shift | place;
    }

    /** One more reference. */
    public void retain(int page) {
        Chunk chunk = chunk(page >>> shift);
        if (++chunk.references[page & mask()] == 2) {
            shared++;
        }
    }

    /** One reference less; the last one frees the page. */
    public void release(int page) {
        int c = page >>> shift;
        Chunk chunk = chunk(c);
        int place = page & mask();
        int left = --chunk.references[place];
        if (left < 0) {
            throw new IllegalStateException("Page " + page + " was released more often than retained.");
        }
        if (left == 1) {
            shared--;
        } else if (left == 0) {
            chunk.freePlaces[chunk.freeCount++] = place;
            withFree.set(c);
            used--;
            free++;
            if (chunk.freeCount == chunk.references.length && free > chunk.references.length) {
                dropChunk(c);
            }
        }
    }

    public int references(int page) {
        return chunk(page >>> shift).references[page & mask()];
    }

    /** The memory in which a page lies. */
    public MemorySegment bytes(int page) {
        return chunk(page >>> shift).bytes;
    }

    /** Where in {@link #bytes} its keys begin. */
    public long keysAt(int page) {
        return (page & mask()) * pageBytes;
    }

    /** Where in {@link #bytes} its values begin. */
    public long valuesAt(int page) {
        return (page & mask()) * pageBytes + valuesAt;
    }

    /** Where in {@link #bytes} its index begins: apart from the pages, so that scoring reads indexes alone. */
    public long indexAt(int page) {
        Chunk chunk = chunk(page >>> shift);
        return chunk.references.length * pageBytes + (page & mask()) * indexBytes;
    }

    /** A token's key as it was stored, into {@code dst} from index {@code to}. */
    public void readKey(int page, int place, float[] dst, int to) {
        keyCodec.read(format.keys(), bytes(page), keysAt(page), place, dst, to);
    }

    /** A token's value as it was stored, into {@code dst} from index {@code to}. */
    public void readValue(int page, int place, float[] dst, int to) {
        valueCodec.read(format.values(), bytes(page), valuesAt(page), place, dst, to);
    }

    /** Stores a token's key and value, both found from index {@code from} of their arrays. */
    public void write(int page, int place, float[] k, float[] v, int from) {
        MemorySegment bytes = bytes(page);
        keyCodec.write(format.keys(), bytes, keysAt(page), place, k, from);
        valueCodec.write(format.values(), bytes, valuesAt(page), place, v, from);
    }

    /** Copies the whole of a page, its index too. */
    public void copy(int from, int to) {
        MemorySegment.copy(bytes(from), keysAt(from), bytes(to), keysAt(to), pageBytes);
        MemorySegment.copy(bytes(from), indexAt(from), bytes(to), indexAt(to), indexBytes);
    }

    /** Copies keys and values, and no index, from a page of a store that keeps them alike. */
    public void copyContents(PageStore other, int from, int to) {
        MemorySegment.copy(other.bytes(from), other.keysAt(from), bytes(to), keysAt(to), pageBytes);
    }

    /** Bytes of {@link #image}. */
    public int imageBytes() {
        return (int) (pageBytes + indexBytes);
    }

    /** The bytes of a page and of its index. */
    public byte[] image(int page) {
        byte[] image = new byte[imageBytes()];
        MemorySegment whole = MemorySegment.ofArray(image);
        MemorySegment.copy(bytes(page), keysAt(page), whole, 0, pageBytes);
        MemorySegment.copy(bytes(page), indexAt(page), whole, pageBytes, indexBytes);
        return image;
    }

    /** Makes a page what {@link #image} has told. */
    public void restore(int page, byte[] image) {
        MemorySegment whole = MemorySegment.ofArray(image);
        MemorySegment.copy(whole, 0, bytes(page), keysAt(page), pageBytes);
        MemorySegment.copy(whole, pageBytes, bytes(page), indexAt(page), indexBytes);
    }

    /** Bytes of chunks that hold no page in use. */
    public long emptyBytes() {
        long sum = 0;
        for (Chunk chunk : chunks) {
            sum += chunk != null && chunk.freeCount == chunk.references.length ? chunk.bytes.byteSize() : 0;
        }
        return sum;
    }

    /** Gives every empty chunk back to the system. */
    public void trim() {
        for (int c = 0; c < chunks.size(); c++) {
            Chunk chunk = chunks.get(c);
            if (chunk != null && chunk.freeCount == chunk.references.length) {
                dropChunk(c);
            }
        }
    }

    @Override
    public void close() {
        for (Chunk chunk : chunks) {
            if (chunk != null) {
                chunk.arena.close();
                memory.giveBack(chunk.bytes.byteSize());
            }
        }
        chunks.clear();
        withFree.clear();
        used = shared = free = 0;
    }

    private int mask() {
        return (1 << shift) - 1;
    }

    private Chunk chunk(int c) {
        Chunk chunk = chunks.get(c);
        if (chunk == null) {
            throw new IllegalStateException("Chunk " + c + " was given back.");
        }
        return chunk;
    }

    private void addChunk(int pages) {
        long size = pages * (pageBytes + indexBytes) + SLACK;
        memory.take(size);
        int c = chunks.indexOf(null);
        if (c < 0) {
            c = chunks.size();
            chunks.add(null);
        }
        chunks.set(c, new Chunk(size, pages));
        withFree.set(c);
        free += pages;
    }

    private void dropChunk(int c) {
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
        int freeCount;

        Chunk(long size, int pages) {
            bytes = SystemMemory.allocate(size, arena);
            references = new int[pages];
            freePlaces = new int[pages];
            freeCount = pages;
            for (int i = 0; i < pages; i++) {
                freePlaces[i] = pages - 1 - i;
            }
        }
    }
}
