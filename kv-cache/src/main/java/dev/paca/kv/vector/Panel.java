package dev.paca.kv.vector;

import dev.paca.kv.Storage;
import dev.paca.kv.page.Block;
import dev.paca.kv.page.Codec;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Expands a rectangle of a block from its stored form into a tile of floats that stays in the first-level cache. Rows are
 * written in whole vectors, so up to one vector less one float beyond {@code columns} is overwritten in each row, and as
 * much is read beyond the block; panels and chunks have room for that.
 */
final class Panel {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Byte> B = Lanes.BYTE;
    private static final ValueLayout.OfFloat SCALE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int LANES = Lanes.COUNT;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private Panel() {}

    /**
     * Expands some tokens' keys: rows of {@code panel} are channels.
     *
     * @param page the page
     * @param place the first token's place in it
     * @param count how many tokens
     * @param to index in {@code panel} of the first token's first channel
     * @param stride floats between rows of {@code panel}
     */
    static void keys(PageStore store, int page, int place, int count, float[] panel, int to, int stride) {
        keys(store, page, 0, store.format().headDim(), place, count, panel, to, stride);
    }

    /** The same for {@code channels} channels from {@code channel} on. */
    static void keys(
            PageStore store,
            int page,
            int channel,
            int channels,
            int place,
            int count,
            float[] panel,
            int to,
            int stride) {
        if (page < 0) {
            keys(store.open(), ~page, channel, channels, place, count, panel, to, stride);
            return;
        }
        Block block = store.format().keys();
        Storage storage = store.format().k();
        if (storage.isGrouped()) {
            GroupPanel.expand(
                    storage,
                    block,
                    store.bytes(page),
                    store.keysAt(page),
                    channel,
                    channels,
                    place,
                    count,
                    panel,
                    to,
                    stride);
            return;
        }
        MemorySegment bytes = store.bytes(page);
        long at = store.keysAt(page);
        int skip = channel * block.tokens() + place;
        codes(storage, bytes, at, block.tokens(), skip, channels, count, panel, to, stride);
        if (storage.hasTokenScales()) {
            scaleColumns(bytes, at + Codec.scalesAt(block) + 4L * place, channels, count, panel, to, stride);
        } else if (storage.hasPageScale()) {
            scaleAll(store.keyScale(page), channels, count, panel, to, stride);
        }
    }

    /**
     * The same from keys that are stored a second time, token by token: a few neighbouring lines of memory for each.
     *
     * @param row room for one key and a vector
     */
    static void keyRows(
            PageStore store, int page, int place, int count, float[] row, float[] panel, int to, int stride) {
        Block block = store.format().keyRows();
        Storage storage = store.format().k();
        // Keys do not wait where they are stored twice, and if values do, the form of the keys is the same.
        MemorySegment bytes = store.bytes(page);
        long at = store.indexAt(page);
        int dims = block.dims();
        for (int i = 0; i < count; i++) {
            codes(storage, bytes, at, dims, (place + i) * dims, 1, dims, row, 0, dims);
            if (storage.hasTokenScales()) {
                scaleRows(bytes, at + Codec.scalesAt(block) + 4L * (place + i), 1, dims, row, 0, dims);
            }
            for (int d = 0; d < dims; d++) {
                panel[to + d * stride + i] = row[d];
            }
        }
    }

    /** Expands some tokens' values: rows of {@code panel} are tokens. */
    static void values(PageStore store, int page, int place, int count, float[] panel, int to, int stride) {
        if (page < 0) {
            values(store.open(), ~page, place, count, panel, to, stride);
            return;
        }
        Block block = store.format().values();
        Storage storage = store.format().v();
        if (storage.isGrouped()) {
            GroupPanel.expand(
                    storage,
                    block,
                    store.bytes(page),
                    store.valuesAt(page),
                    place,
                    count,
                    0,
                    block.dims(),
                    panel,
                    to,
                    stride);
            return;
        }
        MemorySegment bytes = store.bytes(page);
        long at = store.valuesAt(page);
        int dims = block.dims();
        codes(storage, bytes, at, dims, place * dims, count, dims, panel, to, stride);
        if (storage.hasTokenScales()) {
            scaleRows(bytes, at + Codec.scalesAt(block) + 4L * place, count, dims, panel, to, stride);
        } else if (storage.hasPageScale()) {
            scaleAll(store.valueScale(page), count, dims, panel, to, stride);
        }
    }

    /**
     * Expands elements, their scales apart.
     *
     * @param at byte offset of the block
     * @param rowElements elements of a row of the block
     * @param skip elements before the first
     * @param rows rows to expand
     * @param columns columns to expand
     */
    static void codes(
            Storage storage,
            MemorySegment bytes,
            long at,
            int rowElements,
            int skip,
            int rows,
            int columns,
            float[] panel,
            int to,
            int stride) {
        long first = at + (long) skip * storage.bits() / 8;
        long rowBytes = (long) rowElements * storage.bits() / 8;
        Elements form = Elements.of(storage);
        if (form != null && form.bytes() == 1) {
            bytes(form, bytes, first, rowBytes, rows, columns, panel, to, stride);
        } else if (form != null) {
            halves(form, bytes, first, rowBytes, rows, columns, panel, to, stride);
        } else if (storage == Storage.F32) {
            f32(bytes, first, rowBytes, rows, columns, panel, to, stride);
        } else if (storage == Storage.INT8) {
            int8(bytes, first, rowBytes, rows, columns, panel, to, stride);
        } else {
            throw new IllegalArgumentException("Groups have a panel of their own.");
        }
    }

    private static void f32(
            MemorySegment bytes, long at, long rowBytes, int rows, int columns, float[] panel, int to, int stride) {
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                FloatVector.fromMemorySegment(F, bytes, at + r * rowBytes + 4L * c, LE)
                        .intoArray(panel, to + r * stride + c);
            }
        }
    }

    private static void halves(
            Elements form,
            MemorySegment bytes,
            long at,
            long rowBytes,
            int rows,
            int columns,
            float[] panel,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                Elements.halves(bytes, at + r * rowBytes + 2L * c, shift, mask, scale)
                        .intoArray(panel, to + r * stride + c);
            }
        }
    }

    private static void bytes(
            Elements form,
            MemorySegment bytes,
            long at,
            long rowBytes,
            int rows,
            int columns,
            float[] panel,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                Elements.bytes(bytes, at + r * rowBytes + c, shift, mask, scale).intoArray(panel, to + r * stride + c);
            }
        }
    }

    private static void int8(
            MemorySegment bytes, long at, long rowBytes, int rows, int columns, float[] panel, int to, int stride) {
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                FloatVector code = (FloatVector) ByteVector.fromMemorySegment(B, bytes, at + r * rowBytes + c, LE)
                        .convertShape(VectorOperators.B2F, F, 0);
                code.intoArray(panel, to + r * stride + c);
            }
        }
    }

    private static void scaleColumns(
            MemorySegment bytes, long scales, int rows, int columns, float[] panel, int to, int stride) {
        for (int c = 0; c < columns; c += LANES) {
            FloatVector scale = FloatVector.fromMemorySegment(F, bytes, scales + 4L * c, LE);
            for (int r = 0; r < rows; r++) {
                int at = to + r * stride + c;
                FloatVector.fromArray(F, panel, at).mul(scale).intoArray(panel, at);
            }
        }
    }

    private static void scaleAll(float factor, int rows, int columns, float[] panel, int to, int stride) {
        FloatVector scale = FloatVector.broadcast(F, factor);
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                int at = to + r * stride + c;
                FloatVector.fromArray(F, panel, at).mul(scale).intoArray(panel, at);
            }
        }
    }

    private static void scaleRows(
            MemorySegment bytes, long scales, int rows, int columns, float[] panel, int to, int stride) {
        for (int r = 0; r < rows; r++) {
            float scale = bytes.get(SCALE, scales + 4L * r);
            for (int c = 0; c < columns; c += LANES) {
                int at = to + r * stride + c;
                FloatVector.fromArray(F, panel, at).mul(scale).intoArray(panel, at);
            }
        }
    }
}
