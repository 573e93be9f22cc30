package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;

import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.kernels.EarlyKernels;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import jdk.incubator.vector.FloatVector;

/** Kernels on the Vector API. One thread uses them at a time, and gives them its workers. */
public final class VectorKernels implements Kernels {
    /** Up to here, going over the weights in the cache once a token is faster than unpacking them into tiles. */
    private static final int FEW = 8;

    private final FewTokens few = new FewTokens();
    private final ManyTokens many = new ManyTokens();

    private VectorKernels() {}

    /**
     * @param bits the width of vectors that is asked for, as {@link KernelLookup#PROPERTY} says it; empty for the widest
     * @throws PacaException if this machine does not have it
     */
    public static Kernels create(String bits) {
        int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        if (!bits.isEmpty() && !(bits.matches("128|256|512") && Integer.parseInt(bits) <= widest)) {
            throw new PacaException(
                    "-D%s=%s is not known here: expected scalar, or a width of vectors, 128, 256 or 512, up to this machine's %d bits."
                            .formatted(KernelLookup.PROPERTY, bits, widest));
        }
        return new VectorKernels();
    }

    /** As {@link #create}, with plain loops for the first pass. */
    public static Kernels early(String bits) {
        return new EarlyKernels(create(bits), F.length());
    }

    @Override
    public String description() {
        String width = "Vector kernels of " + F.vectorBitSize() + " bits, ";
        return width
                + (System.getProperty(KernelLookup.PROPERTY) == null
                        ? "the widest vectors of this machine."
                        : "as -D" + KernelLookup.PROPERTY + " asks.");
    }

    @Override
    public void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        if (tokens <= FEW) {
            few.products(ws, x, tokens, outs, workers);
        } else {
            many.products(ws, x, tokens, outs, workers);
        }
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out) {
        for (int r = 0; r < rows; r++) {
            Elementwise.rmsNorm(x, r * weight.length, weight, eps, out);
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int n) {
        Elementwise.swiGlu(gate, up, n);
    }

    @Override
    public void add(float[] x, float[] y, int n) {
        Elementwise.add(x, 0, y, n);
    }

    @Override
    public void addBias(float[] x, float[] bias, int rows) {
        for (int r = 0; r < rows; r++) {
            Elementwise.add(x, r * bias.length, bias, bias.length);
        }
    }

    @Override
    public void row(Matrix w, int row, float[] out, int offset) {
        unpackRow(w, row, 0, w.cols(), out, offset);
    }

    /** {@code n} numbers of a row from column {@code from}, both multiples of the type's block size. */
    static void unpackRow(Matrix w, int row, int from, int n, float[] out, int to) {
        long first = (long) row * w.cols() + from;
        if (w.data().isNative()) {
            Unpack.unpack(w.type(), w.data(), w.type().bytes(first), n, out, to);
        } else {
            // Loops that have seen arrays as well as native memory are slower for both.
            Dequantizer.dequantize(w.type(), w.data(), first, n, out, to);
        }
    }
}
