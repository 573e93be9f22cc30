package dev.paca.kv.page;

import dev.paca.kv.Storage;

/**
 * What the codes of a table's keys and values are multiplied with, where its pages have one scale each. Fixed by the first
 * tokens; a float loses nothing by the room above them but one of its smallest binades.
 *
 * @param k scale of keys, positive; 1 where they have none
 * @param v scale of values
 */
public record Scales(float k, float v) {
    static final Scales NONE = new Scales(1, 1);

    /** How much larger than the first tokens' elements later ones may be before they saturate. */
    private static final float ROOM = 2;
    /** Readers multiply it with a power of two up to 2^120. */
    private static final float LARGEST = 0x1p7f;

    private static final float SMALLEST = 0x1p-60f;

    /** The scales of a format for the largest magnitudes among the first tokens. */
    public static Scales of(PageFormat format, float largestKey, float largestValue) {
        return new Scales(scale(format.k(), largestKey), scale(format.v(), largestValue));
    }

    private static float scale(Storage storage, float largest) {
        if (!storage.hasPageScale() || largest == 0) {
            return 1;
        }
        return Math.clamp(largest * ROOM / ByteCodec.max(storage), SMALLEST, LARGEST);
    }
}
