package dev.paca.tornado.graph;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.tornado.kernels.Anchor;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Codes;
import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.Unused;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * The pages of all sequences, layer by layer: block {@code p} of each layer's array is page {@code p}.
 *
 * @param storage a storage of {@link Page}
 * @param geometry the shape, packed
 * @param elements elements of a block
 * @param indexes ints of a block's index, where there is one
 * @param anchors floats of a block's part of its sequence's {@linkplain Anchor anchor}, where there is one
 * @param layers the arrays of each layer
 */
public record PageArrays(int storage, int geometry, int elements, int indexes, int anchors, List<Arrays> layers) {
    private static int indexes(int geometry, Reading reading) {
        return Geometry.kvHeads(geometry) * (reading.codes() ? Codes.ints(geometry) : Geometry.headDim(geometry));
    }

    private static int anchors(int geometry, Reading reading) {
        return reading.codes() ? Geometry.kvHeads(geometry) * Anchor.part(geometry) : 0;
    }

    /** Whether the pages of a layer have indexes. */
    boolean hasIndex(Arrays layer) {
        return layer.index().getSize() > 1;
    }

    /** The arrays of a layer: those that a storage uses, the pages' indexes, and what these are relative to. */
    public record Arrays(
            FloatArray f, HalfFloatArray h, ShortArray b, IntArray q, IntArray index, FloatArray anchors) {}

    /**
     * The storage that realises a policy.
     *
     * @param halves whether the device computes with half precision
     * @throws PacaException if the device cannot keep pages like that
     */
    public static int storage(KvShape shape, KvPolicy policy, boolean halves) {
        if (policy.pageTokens() != 8 && policy.pageTokens() != 16 && policy.pageTokens() != 32) {
            throw new PacaException("A device's page holds 8, 16 or 32 tokens, found " + policy.pageTokens()
                    + ". Choose one of these, or use --device cpu.");
        }
        if (shape.headDim() % 8 != 0
                || shape.headDim() > Attention.MAX_HEAD_DIM
                || shape.group() > 63
                || shape.kvHeads() > 255) {
            throw new PacaException("A device attends with head dims that are multiples of 8 up to "
                    + Attention.MAX_HEAD_DIM + ", groups of up to 63 and up to 255 KV heads, found " + shape
                    + ". Use --device cpu.");
        }
        if (policy.k() != policy.v()) {
            throw new PacaException("A device stores keys and values alike, found " + policy.k() + " and " + policy.v()
                    + ". Choose one for both, or use --device cpu.");
        }
        return switch (policy.k()) {
            case F32 -> Page.F32;
            case F16 -> halves ? Page.F16 : Page.F16_BITS;
            case FP8_E4M3 -> Page.FP8;
            case INT8 -> Page.INT8;
            default ->
                throw new PacaException("A device stores f32, f16, fp8_e4m3 and int8, found "
                        + policy.k().name().toLowerCase(Locale.ROOT) + ". Choose one of these, or use --device cpu.");
        };
    }

    /** Elements of a block of one layer. */
    private static int elements(KvShape shape, KvPolicy policy, int storage) {
        return 2 * shape.kvDim() * policy.pageTokens() / Page.packed(storage);
    }

    /** A model's shape, packed. */
    public static int geometry(KvShape shape, KvPolicy policy) {
        return Geometry.pack(shape.headDim(), policy.pageTokens(), shape.kvHeads(), shape.group());
    }

    /** Bytes of a page, all layers together, with scales and indexes. */
    public static long pageBytes(KvShape shape, Reading reading, int storage) {
        long bytes = 0;
        for (int l = 0; l < shape.layers(); l++) {
            bytes += pageBytes(shape, reading, storage, l);
        }
        return bytes;
    }

    /** Bytes of a page of one layer. */
    public static long pageBytes(KvShape shape, Reading reading, int storage, int layer) {
        long size = storage == Page.F16 || storage == Page.F16_BITS ? 2 : 4;
        int geometry = geometry(shape, reading.policy());
        long scales = 4L * Page.scales(geometry, storage);
        long index = reading.indexes(layer) ? 4L * (indexes(geometry, reading) + anchors(geometry, reading)) : 0;
        return size * elements(shape, reading.policy(), storage) + scales + index;
    }

    /** Room for so many pages. */
    public static PageArrays of(KvShape shape, Reading reading, int storage, int pages, Unused unused) {
        KvPolicy policy = reading.policy();
        int elements = elements(shape, policy, storage);
        if ((long) elements * pages >= Integer.MAX_VALUE - 64) {
            throw new PacaException(
                    pages + " pages do not fit in an array of the device (2^31 numbers). Give the cache at" + " most "
                            + (Integer.MAX_VALUE / elements - 1) * pageBytes(shape, reading, storage) + " bytes.");
        }
        List<Arrays> layers = new ArrayList<>();
        int geometry = geometry(shape, policy);
        int scales = Page.scales(geometry, storage);
        int indexes = indexes(geometry, reading);
        int anchors = anchors(geometry, reading);
        for (int i = 0; i < shape.layers(); i++) {
            int n = elements * pages;
            FloatArray scaled = scales > 0 ? HostArrays.floats(scales * pages) : unused.f();
            layers.add(new Arrays(
                    storage == Page.F32 ? HostArrays.floats(n) : scaled,
                    storage == Page.F16 ? HostArrays.halves(n) : unused.h(),
                    storage == Page.F16_BITS ? HostArrays.shorts(n) : unused.b(),
                    storage >= Page.FP8 ? HostArrays.ints(n) : unused.q(),
                    reading.indexes(i) ? HostArrays.ints(indexes * pages) : unused.q(),
                    reading.indexes(i) && anchors > 0 ? HostArrays.floats(anchors * pages) : unused.f()));
        }
        return new PageArrays(storage, geometry, elements, indexes, anchors, layers);
    }

    /** The arrays with what pages hold, of layers {@code from} to {@code to - 1}. */
    public Object[] arrays(int from, int to) {
        List<Object> all = new ArrayList<>();
        for (Arrays a : layers.subList(from, to)) {
            for (Object array : new Object[] {a.f(), a.h(), a.b(), a.q(), a.index(), a.anchors()}) {
                if (((TornadoNativeArray) array).getSize() > 1) {
                    all.add(array);
                }
            }
        }
        return all.toArray();
    }
}
