package dev.paca.kv.vector;

import dev.paca.kv.Storage;
import dev.paca.kv.page.Block;
import dev.paca.kv.page.GroupCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Expands a rectangle of a block that {@link GroupCodec} stored, as {@link Panel} does for other storages. The codes of a
 * vector lie in one or two words of 32 bits; every lane shifts its own to the right place.
 */
final class GroupPanel {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Integer> I = Lanes.INT;
    private static final int LANES = Lanes.COUNT;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfLong WORDS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);
    private static final GroupCodec FOUR = new GroupCodec(4);
    private static final GroupCodec TWO = new GroupCodec(2);
    private static final IntVector STEPS = IntVector.zero(I).addIndex(1);
    private static final int WORD = 32;
    /** Lanes whose codes of 4 bits lie in the second word. */
    private static final VectorMask<Integer> SECOND = STEPS.compare(VectorOperators.GE, WORD / 4);

    private GroupPanel() {}

    static void expand(
            Storage storage,
            Block block,
            MemorySegment bytes,
            long at,
            int row,
            int rows,
            int column,
            int columns,
            float[] panel,
            int to,
            int stride) {
        GroupCodec codec = storage.bits() == FOUR.bits() ? FOUR : TWO;
        int groups = GroupCodec.groups(block);
        int rowBytes = codec.rowBytes(block);
        for (int r = 0; r < rows; r++) {
            long codes = at + (long) (row + r) * rowBytes;
            for (int c = column; c < column + columns; ) {
                int group = c / Storage.GROUP;
                // What is written beyond the group is overwritten by the next one.
                int end = Math.min(column + columns, (group + 1) * Storage.GROUP);
                long scales = at + codec.groupsAt(block) + 4L * ((row + r) * groups + group);
                float scale = Float.float16ToFloat(bytes.get(HALF, scales));
                float min = Float.float16ToFloat(bytes.get(HALF, scales + 2));
                int target = to + r * stride + c - column;
                if (codec.bits() == 2) {
                    twoBits(bytes, codes, c, end, scale, min, panel, target);
                } else {
                    fourBits(bytes, codes, c, end, scale, min, panel, target);
                }
                c = end;
            }
        }
    }

    private static void twoBits(
            MemorySegment bytes, long codes, int first, int last, float scale, float min, float[] panel, int to) {
        IntVector shifts = STEPS.lanewise(VectorOperators.LSHL, 1);
        for (int c = first; c < last; c += LANES) {
            // 16 codes, or fewer, and the up to 6 bits before the first.
            int word = (int) (bytes.get(WORDS, codes + c / 4) >>> c % 4 * 2);
            unpack(IntVector.broadcast(I, word), shifts, 3, scale, min).intoArray(panel, to + c - first);
        }
    }

    private static void fourBits(
            MemorySegment bytes, long codes, int first, int last, float scale, float min, float[] panel, int to) {
        IntVector shifts = STEPS.lanewise(VectorOperators.LSHL, 2);
        for (int c = first; c < last; c += LANES) {
            long words = bytes.get(WORDS, codes + c / 2);
            if (c % 2 != 0) {
                words = words >>> 4 | (long) bytes.get(ValueLayout.JAVA_BYTE, codes + c / 2 + 8) << 60;
            }
            IntVector lanes = IntVector.broadcast(I, (int) words);
            if (LANES * 4 > WORD) {
                lanes = lanes.blend((int) (words >>> WORD), SECOND);
            }
            unpack(lanes, shifts, 15, scale, min).intoArray(panel, to + c - first);
        }
    }

    /** Shifts are taken modulo 32, so lanes of the second word need no others. */
    private static FloatVector unpack(IntVector words, IntVector shifts, int mask, float scale, float min) {
        FloatVector code = (FloatVector)
                words.lanewise(VectorOperators.LSHR, shifts).and(mask).convertShape(VectorOperators.I2F, F, 0);
        return code.fma(FloatVector.broadcast(F, scale), FloatVector.broadcast(F, min));
    }
}
