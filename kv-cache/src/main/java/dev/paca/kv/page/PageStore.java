package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * All pages of one format: where their keys, values, indexes and scales lie, and how tokens get there and back. The places
 * are those of {@link Chunks}.
 *
 * <p>Where a storage's scales are known only later, tokens wait in pages of another form: those of {@link #open()}. In lists
 * of pages {@code ~id} stands for the open page {@code id}, and what is asked here of a negative page is answered for that.
 */
public final class PageStore implements AutoCloseable {
    private static final ValueLayout.OfFloat SCALE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final PageFormat format;
    private final PageCodec codec;
    private final long pageBytes;
    private final long valuesAt;
    private final long indexBytes;
    private final long scaleBytes;
    private final long stride;
    private final @Nullable PageStore open;
    private final Chunks chunks;

    public PageStore(PageFormat format, PageMemory memory) {
        this.format = format;
        this.codec = new PageCodec(format);
        this.pageBytes = format.blockBytes();
        this.valuesAt = format.valuesAt();
        this.indexBytes = format.indexBytes();
        this.scaleBytes = format.scaleBytes();
        this.stride = pageBytes + indexBytes + scaleBytes;
        this.open = format.window().isNone() ? null : new PageStore(format.open(), memory);
        this.chunks = new Chunks(stride, memory);
    }

    public PageFormat format() {
        return format;
    }

    /** The pages in which tokens wait until their scales are known; itself where they never do. */
    public PageStore open() {
        return open == null ? this : open;
    }

    /** Whether tokens may wait in open pages. */
    public boolean hasOpen() {
        return open != null;
    }

    /** Pages that someone refers to. */
    public long used() {
        return chunks.used();
    }

    /** Pages with more than one reference. */
    public long shared() {
        return chunks.shared();
    }

    /** Pages that can be taken without asking the system. */
    public long free() {
        return chunks.free();
    }

    /** Bytes of the chunk memory that {@code pages} more pages would take from the system at least. */
    public long growth(long pages) {
        return chunks.growth(pages);
    }

    /**
     * Makes sure of {@code pages} free pages; the caller has checked that {@link #growth} is available. Takes whole chunks
     * where that leaves {@code others} bytes, which the caller needs for something else.
     */
    public void grow(long pages, long others) {
        chunks.grow(pages, others);
    }

    /** A page with one reference; its bytes are what they were. The caller has grown the store. */
    public int take() {
        return chunks.take();
    }

    /** One more reference. */
    public void retain(int page) {
        if (page < 0) {
            open().retain(~page);
            return;
        }
        chunks.retain(page);
    }

    /** One reference less; the last one frees the page. */
    public void release(int page) {
        if (page < 0) {
            open().release(~page);
            return;
        }
        chunks.release(page);
    }

    public int references(int page) {
        return page < 0 ? open().references(~page) : chunks.references(page);
    }

    /** The memory in which a page lies. */
    public MemorySegment bytes(int page) {
        return page < 0 ? open().bytes(~page) : chunks.bytes(page);
    }

    /** Where in {@link #bytes} its keys begin. */
    public long keysAt(int page) {
        return page < 0 ? open().keysAt(~page) : chunks.number(page) * pageBytes;
    }

    /** Where in {@link #bytes} its values begin. */
    public long valuesAt(int page) {
        return page < 0 ? open().valuesAt(~page) : chunks.number(page) * pageBytes + valuesAt;
    }

    /** Where in {@link #bytes} its index begins: apart from the pages, so that scoring reads indexes alone. */
    public long indexAt(int page) {
        if (page < 0) {
            return open().indexAt(~page);
        }
        return chunks.count(page) * pageBytes + chunks.number(page) * indexBytes;
    }

    /**
     * Where the indexes of pages are, those of the list's places from {@code first} to {@code end - 1}, as far as they lie in
     * the {@linkplain #bytes memory} of the first: quicker than one by one.
     *
     * @param at receives them, from index {@code to} on
     * @return how many they are, at least one
     */
    public int findIndexes(int[] pages, int first, int end, long[] at, int to) {
        int page = pages[first];
        if (page < 0) {
            at[to] = indexAt(page);
            return 1;
        }
        // A chunk's ids follow each other.
        int low = page - chunks.number(page);
        int count = chunks.count(page);
        long begin = count * pageBytes;
        int last = first;
        while (last < end && pages[last] >= low && pages[last] - low < count) {
            last++;
        }
        for (int i = first; i < last; i++) {
            at[to + i - first] = begin + (pages[i] - low) * indexBytes;
        }
        return last - first;
    }

    private long scalesAt(int page) {
        return chunks.count(page) * (pageBytes + indexBytes) + chunks.number(page) * scaleBytes;
    }

    /** What a page's keys are multiplied with. */
    public float keyScale(int page) {
        return page < 0 || !format.k().hasPageScale() ? 1 : bytes(page).get(SCALE, scalesAt(page));
    }

    /** What a page's values are multiplied with. */
    public float valueScale(int page) {
        return page < 0 || !format.v().hasPageScale() ? 1 : bytes(page).get(SCALE, scalesAt(page) + 4);
    }

    /** A token's key as it was stored, into {@code dst} from index {@code to}. */
    public void readKey(int page, int place, float[] dst, int to) {
        if (page < 0) {
            open().readKey(~page, place, dst, to);
        } else {
            codec.keys().read(bytes(page), keysAt(page), place, dst, to, keyScale(page));
        }
    }

    /** A token's value as it was stored, into {@code dst} from index {@code to}. */
    public void readValue(int page, int place, float[] dst, int to) {
        if (page < 0) {
            open().readValue(~page, place, dst, to);
        } else {
            codec.values().read(bytes(page), valuesAt(page), place, dst, to, valueScale(page));
        }
    }

    /** Stores a token's key and value, both found from index {@code from} of their arrays. */
    public void write(int page, int place, float[] k, float[] v, int from) {
        write(page, place, k, v, from, Scales.NONE);
    }

    /** The same for a page with such scales. */
    void write(int page, int place, float[] k, float[] v, int from, Scales scales) {
        if (page < 0) {
            open().write(~page, place, k, v, from);
            return;
        }
        put(page, scales);
        codec.keys().write(bytes(page), keysAt(page), place, k, from, scales.k());
        codec.values().write(bytes(page), valuesAt(page), place, v, from, scales.v());
        copyKeyRows(page, place, place + 1);
    }

    private void copyKeyRows(int page, int first, int last) {
        for (int place = first; format.index() == IndexForm.KEY_ROWS && place < last; place++) {
            codec.keys().copy(bytes(page), keysAt(page), place, codec.keyRows(), bytes(page), indexAt(page), place);
        }
    }

    /**
     * Copies {@code count} tokens, one after the other, to a page that encodes token by token: their codes as they are, if
     * both pages have one form, and with it such scales.
     */
    void move(int from, int fromPlace, int to, int toPlace, int count, Scales scales) {
        if (from < 0 && to < 0) {
            open().move(~from, fromPlace, ~to, toPlace, count, Scales.NONE);
            return;
        }
        if (from >= 0 && to >= 0) {
            put(to, scales);
            for (int i = 0; i < count; i++) {
                codec.keys()
                        .copy(
                                bytes(from),
                                keysAt(from),
                                fromPlace + i,
                                codec.keys(),
                                bytes(to),
                                keysAt(to),
                                toPlace + i);
                codec.values()
                        .copy(
                                bytes(from),
                                valuesAt(from),
                                fromPlace + i,
                                codec.values(),
                                bytes(to),
                                valuesAt(to),
                                toPlace + i);
            }
            copyKeyRows(to, toPlace, toPlace + count);
            return;
        }
        float[] k = new float[format.headDim()];
        float[] v = new float[format.headDim()];
        for (int i = 0; i < count; i++) {
            readKey(from, fromPlace + i, k, 0);
            readValue(from, fromPlace + i, v, 0);
            write(to, toPlace + i, k, v, 0, scales);
        }
    }

    /** Encodes a full open page, named {@code ~id}, into one of this store. */
    void encode(int openPage, int page, Scales scales) {
        PageStore from = open();
        MemorySegment source = bytes(openPage);
        MemorySegment bytes = bytes(page);
        put(page, scales);
        codec.keys().encode(from.codec.keys(), source, keysAt(openPage), bytes, keysAt(page), scales.k());
        codec.values().encode(from.codec.values(), source, valuesAt(openPage), bytes, valuesAt(page), scales.v());
        copyKeyRows(page, 0, format.tokens());
    }

    private void put(int page, Scales scales) {
        if (scaleBytes > 0) {
            bytes(page).set(SCALE, scalesAt(page), scales.k());
            bytes(page).set(SCALE, scalesAt(page) + 4, scales.v());
        }
    }

    /** Copies the whole of a page, its index too, to one of the same form. */
    public void copy(int from, int to) {
        if (from < 0) {
            open().copy(~from, ~to);
            return;
        }
        MemorySegment.copy(bytes(from), keysAt(from), bytes(to), keysAt(to), pageBytes);
        MemorySegment.copy(bytes(from), indexAt(from), bytes(to), indexAt(to), indexBytes);
        MemorySegment.copy(bytes(from), scalesAt(from), bytes(to), scalesAt(to), scaleBytes);
    }

    /** Copies keys and values, and no index, from a page of a store that keeps them alike. */
    public void copyContents(PageStore other, int from, int to) {
        if (from < 0) {
            open().copyContents(other.open(), ~from, ~to);
            return;
        }
        MemorySegment.copy(other.bytes(from), other.keysAt(from), bytes(to), keysAt(to), pageBytes);
        MemorySegment.copy(other.bytes(from), other.scalesAt(from), bytes(to), scalesAt(to), scaleBytes);
        copyKeyRows(to, 0, format.tokens());
    }

    /** A page's bytes, index and scales. */
    public byte[] image(int page) {
        if (page < 0) {
            return open().image(~page);
        }
        byte[] image = new byte[(int) stride];
        MemorySegment whole = MemorySegment.ofArray(image);
        MemorySegment.copy(bytes(page), keysAt(page), whole, 0, pageBytes);
        MemorySegment.copy(bytes(page), indexAt(page), whole, pageBytes, indexBytes);
        MemorySegment.copy(bytes(page), scalesAt(page), whole, pageBytes + indexBytes, scaleBytes);
        return image;
    }

    /** Makes a page what {@link #image} has told of another one of the same form. */
    public void restore(int page, byte[] image) {
        if (page < 0) {
            open().restore(~page, image);
            return;
        }
        MemorySegment whole = MemorySegment.ofArray(image);
        MemorySegment.copy(whole, 0, bytes(page), keysAt(page), pageBytes);
        MemorySegment.copy(whole, pageBytes, bytes(page), indexAt(page), indexBytes);
        MemorySegment.copy(whole, pageBytes + indexBytes, bytes(page), scalesAt(page), scaleBytes);
    }

    /** Bytes of a page, its index apart. */
    public long pageBytes(int page) {
        return page < 0 ? open().pageBytes(~page) : pageBytes + scaleBytes;
    }

    /** Bytes of the keys of some channels of a page. */
    public long keyBytes(int page, int channels) {
        return page < 0 ? open().keyBytes(~page, channels) : valuesAt * channels / format.headDim();
    }

    /**
     * Pages that belong to no table and to no limit: working memory of one step, as the tiles of its attention are. They
     * stay until {@link #dropScratch}.
     */
    public int[] scratch(int count) {
        return chunks.scratch(count);
    }

    /** Gives the pages of {@link #scratch} back to the system, open ones too. */
    public void dropScratch() {
        chunks.dropScratch();
        if (open != null) {
            open.dropScratch();
        }
    }

    /** Gives every empty chunk back to the system. */
    public void trim() {
        chunks.trim();
        if (open != null) {
            open.trim();
        }
    }

    @Override
    public void close() {
        chunks.close();
        if (open != null) {
            open.close();
        }
    }
}
