package dev.paca.tornado.kernels;

import dev.paca.tornado.memory.HostArrays;
import java.util.List;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A page on the host as the device stores it, a block for each layer: on its way from or to the device. Arrays that the
 * storage does not use have one element.
 */
public record PageImage(int storage, int geometry, FloatArray f, HalfFloatArray h, ShortArray b, IntArray q) {
    /** Room for a page of so many layers, each with {@code elements} elements. */
    public static PageImage of(int storage, int geometry, int layers, int elements) {
        int n = layers * elements;
        int scales = layers * Page.scales(geometry, storage);
        return new PageImage(
                storage,
                geometry,
                HostArrays.floats(storage == Page.F32 ? n : Math.max(1, scales)),
                HostArrays.halves(storage == Page.F16 ? n : 1),
                HostArrays.shorts(storage == Page.F16_BITS ? n : 1),
                HostArrays.ints(storage >= Page.FP8 ? n : 1));
    }

    /** The arrays that hold something. */
    public Object[] used() {
        return switch (storage) {
            case Page.F32 -> new Object[] {f};
            case Page.F16 -> new Object[] {h};
            case Page.F16_BITS -> new Object[] {b};
            case Page.FP8 -> new Object[] {q};
            default -> new Object[] {q, f};
        };
    }

    /** The arrays of one element, which hold nothing. */
    public Object[] idle() {
        List<Object> used = List.of(used());
        return Stream.of(f, h, b, q).filter(array -> !used.contains(array)).toArray();
    }

    /** Reads the key and the value of a slot into rows at {@code at}. */
    public void read(int layer, int head, int slot, float[] k, float[] v, int at) {
        for (int d = 0; d < Geometry.headDim(geometry); d++) {
            k[at + d] = get(layer, head, slot, d, true);
            v[at + d] = get(layer, head, slot, d, false);
        }
    }

    /** Stores the key and the value of a slot, found in rows at {@code at}. */
    public void write(int layer, int head, int slot, float[] k, float[] v, int at) {
        write(layer, head, slot, k, at, true);
        write(layer, head, slot, v, at, false);
    }

    private void write(int layer, int head, int slot, float[] row, int at, boolean key) {
        float scale = 1;
        if (storage == Page.INT8) {
            float size = 0;
            for (int d = 0; d < Geometry.headDim(geometry); d++) {
                size = TornadoMath.max(size, TornadoMath.abs(row[at + d]));
            }
            scale = Append.scale(size);
            f.set(scaleAt(layer, head, slot, key), scale);
        }
        for (int d = 0; d < Geometry.headDim(geometry); d++) {
            set(layer, head, slot, d, key, row[at + d] / scale);
        }
    }

    private float get(int layer, int head, int slot, int d, boolean key) {
        int i = element(layer, head, slot, d, key);
        return switch (storage) {
            case Page.F32 -> f.get(i);
            case Page.F16 -> h.get(i).getFloat32();
            case Page.F16_BITS -> Half.decode(b.get(i));
            case Page.FP8 -> Page.number(storage, q.get(i) >> shift(d) & 255);
            default -> Page.number(storage, q.get(i) >> shift(d) & 255) * f.get(scaleAt(layer, head, slot, key));
        };
    }

    private void set(int layer, int head, int slot, int d, boolean key, float x) {
        int i = element(layer, head, slot, d, key);
        switch (storage) {
            case Page.F32 -> f.set(i, x);
            case Page.F16 -> h.set(i, new HalfFloat(x));
            case Page.F16_BITS -> b.set(i, Half.encode(x));
            default -> {
                int code = storage == Page.FP8 ? Fp8.encode(x) : Append.code(x);
                q.set(i, q.get(i) & ~(255 << shift(d)) | code << shift(d));
            }
        }
    }

    private static int shift(int d) {
        return d % 4 * 8;
    }

    private int element(int layer, int head, int slot, int d, boolean key) {
        int base = Page.base(geometry, storage, layer, head);
        int part = d / Page.packed(storage);
        return key
                ? base + part * Geometry.pageTokens(geometry) + slot
                : base
                        + Page.values(geometry, storage)
                        + slot * (Geometry.headDim(geometry) / Page.packed(storage))
                        + part;
    }

    private int scaleAt(int layer, int head, int slot, boolean key) {
        return Page.scale(geometry, layer, head) + (key ? 0 : Geometry.pageTokens(geometry)) + slot;
    }
}
