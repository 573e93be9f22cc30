package dev.paca.tornado.graph;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.Unused;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * The pages of all sequences, layer by layer: block {@code p} of each layer's array is page {@code p}.
 *
 * @param storage a storage of {@link Page}
 * @param geometry the shape, packed
 * @param elements elements of a block
 * @param layers the arrays of each layer
 */
public record PageArrays(int storage, int geometry, int elements, List<Arrays> layers) {
    /** The arrays of a layer, of which a storage uses one. */
    public record Arrays(FloatArray f, HalfFloatArray h, ShortArray b, IntArray q) {}

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
        if (policy.selection().method() != Selection.Method.ALL
                || !policy.pruning().isOff()) {
            throw new PacaException(
                    "A device reads everything, found selection " + policy.selection() + " and threshold "
                            + policy.pruning() + ". Choose selection all without a threshold, or use --device cpu.");
        }
        if (!policy.eviction().isOff()) {
            throw new PacaException("A device keeps everything, found eviction " + policy.eviction()
                    + ". Choose eviction none, or use --device cpu.");
        }
        if (policy.k() != policy.v()) {
            throw new PacaException("A device stores keys and values alike, found " + policy.k() + " and " + policy.v()
                    + ". Choose one for both, or use --device cpu.");
        }
        if (policy.k() == Storage.F32) {
            return Page.F32;
        }
        return halves ? Page.F16 : Page.F16_BITS;
    }

    /** Elements of a block of one layer. */
    private static int elements(KvShape shape, KvPolicy policy, int storage) {
        return 2 * shape.kvDim() * policy.pageTokens() / Page.packed(storage);
    }

    /** Bytes of a page, all layers together. */
    public static long pageBytes(KvShape shape, KvPolicy policy, int storage) {
        long size = storage == Page.F16 || storage == Page.F16_BITS ? 2 : 4;
        return size * shape.layers() * elements(shape, policy, storage);
    }

    /** Room for so many pages. */
    public static PageArrays of(KvShape shape, KvPolicy policy, int storage, int pages, Unused unused) {
        int elements = elements(shape, policy, storage);
        if ((long) elements * pages >= Integer.MAX_VALUE - 64) {
            throw new PacaException(
                    pages + " pages do not fit in an array of the device (2^31 numbers). Give the cache at" + " most "
                            + (Integer.MAX_VALUE / elements - 1) * pageBytes(shape, policy, storage) + " bytes.");
        }
        List<Arrays> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            int n = elements * pages;
            layers.add(new Arrays(
                    storage == Page.F32 ? HostArrays.floats(n) : unused.f(),
                    storage == Page.F16 ? HostArrays.halves(n) : unused.h(),
                    storage == Page.F16_BITS ? HostArrays.shorts(n) : unused.b(),
                    storage == Page.FP8 ? HostArrays.ints(n) : unused.q()));
        }
        int geometry = Geometry.pack(shape.headDim(), policy.pageTokens(), shape.kvHeads(), shape.group());
        return new PageArrays(storage, geometry, elements, layers);
    }

    /** The arrays with pages. */
    public Object[] arrays() {
        return layers.stream()
                .map(a -> switch (storage) {
                    case Page.F32 -> (Object) a.f();
                    case Page.F16 -> a.h();
                    case Page.F16_BITS -> a.b();
                    default -> a.q();
                })
                .toArray();
    }
}
