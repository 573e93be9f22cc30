package dev.paca.kv.page;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A few bits an element, in groups of up to {@value Storage#GROUP} neighbours of a row that share a scale and a minimum
 * (KIVI, arXiv 2402.02750): {@code element = code·scale + minimum}, where the scale divides the way from minimum to maximum
 * into equal steps. Rows are channels of keys and tokens of values, so keys are quantised per channel and values per token.
 *
 * <p>Layout: row by row the codes, least significant bits first, each row from a byte of its own; then, for each group of
 * each row, scale and minimum in F16.
 *
 * @param bits bits of a code
 */
public record GroupCodec(int bits) implements Codec {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public long bytes(Block block) {
        return groupsAt(block) + 4L * block.rows() * groups(block);
    }

    /** Bytes of a row of codes. */
    public int rowBytes(Block block) {
        return Math.ceilDiv(block.columns() * bits, 8);
    }

    /** Where the scales and minima begin in a block. */
    public long groupsAt(Block block) {
        return ((long) rowBytes(block) * block.rows() + 3) / 4 * 4;
    }

    /** Groups of a row. */
    public static int groups(Block block) {
        return Math.ceilDiv(block.columns(), Storage.GROUP);
    }

    /** Stores a whole block, found in {@code elements} row by row; all of them finite. */
    void encode(Block block, MemorySegment bytes, long at, float[] elements) {
        int columns = block.columns();
        bytes.asSlice(at, groupsAt(block)).fill((byte) 0);
        long group = at + groupsAt(block);
        for (int row = 0; row < block.rows(); row++) {
            for (int first = 0; first < columns; first += Storage.GROUP, group += 4) {
                int last = Math.min(columns, first + Storage.GROUP);
                float min = Float.POSITIVE_INFINITY;
                float max = Float.NEGATIVE_INFINITY;
                for (int c = first; c < last; c++) {
                    min = Math.min(min, elements[row * columns + c]);
                    max = Math.max(max, elements[row * columns + c]);
                }
                short scale = F16Codec.encode((max - min) / most());
                bytes.set(HALF, group, scale);
                bytes.set(HALF, group + 2, F16Codec.encode(min));
                encode(bytes, at + (long) row * rowBytes(block), elements, row * columns, first, last, group);
            }
        }
    }

    private void encode(MemorySegment bytes, long rowAt, float[] elements, int row, int first, int last, long group) {
        float scale = Float.float16ToFloat(bytes.get(HALF, group));
        float min = Float.float16ToFloat(bytes.get(HALF, group + 2));
        if (scale == 0) {
            return;
        }
        for (int c = first; c < last; c++) {
            int code = (int) Math.clamp((long) Math.rint((elements[row + c] - min) / scale), 0L, most());
            long p = rowAt + (long) c * bits / 8;
            byte old = bytes.get(ValueLayout.JAVA_BYTE, p);
            bytes.set(ValueLayout.JAVA_BYTE, p, (byte) (old | code << c * bits % 8));
        }
    }

    @Override
    public void read(Block block, MemorySegment bytes, long at, int slot, float[] dst, int to) {
        for (int d = 0; d < block.dims(); d++) {
            int row = block.tokensInRows() ? slot : d;
            int column = block.tokensInRows() ? d : slot;
            byte word = bytes.get(ValueLayout.JAVA_BYTE, at + (long) row * rowBytes(block) + (long) column * bits / 8);
            long group = at + groupsAt(block) + 4L * (row * groups(block) + column / Storage.GROUP);
            float scale = Float.float16ToFloat(bytes.get(HALF, group));
            float min = Float.float16ToFloat(bytes.get(HALF, group + 2));
            dst[to + d] = Math.fma(word >> column * bits % 8 & most(), scale, min);
        }
    }

    /** The largest code. */
    private int most() {
        return (1 << bits) - 1;
    }
}
