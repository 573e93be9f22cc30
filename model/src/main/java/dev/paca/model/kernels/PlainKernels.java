package dev.paca.model.kernels;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.gguf.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The arithmetic of the vector kernels in plain loops: every sum in the same order, with the same roundings, so that results
 * are equal to the bit. C2 needs a second and more for the vector loops, which until then are interpreted and far slower than
 * these; see {@link EarlyKernels}.
 */
final class PlainKernels implements Kernels {
    /** Up to here, the vector kernels take each type's own order; with more tokens, one chain of columns. */
    static final int FEW = 8;

    /** Rows of a task. As many chains of multiply-adds hide one's latency. */
    private static final int ROWS = 8;

    /** Numbers of a row that are unpacked at a time; with the tokens' they stay in the first cache. */
    private static final int DEPTH = 256;

    private static final int Q80_BYTES = 34;

    private final int lanes;
    private Scratch[] scratch = {};

    /** What a thread works in. */
    private static final class Scratch {
        private byte[] bytes = new byte[0];
        private float[] row = new float[0];
        private float[] sums = new float[0];
        private final float[] tile = new float[ROWS * DEPTH];
        private final float[] lanes = new float[64];
    }

    /** @param lanes floats in a vector of those kernels: 4, 8 or 16 */
    PlainKernels(int lanes) {
        this.lanes = lanes;
    }

    @Override
    public String description() {
        return "Plain loops in the order of vectors of " + 32 * lanes + " bits.";
    }

    /** Whether products of these are equal to the bit: not where the vector kernels round activations to integers. */
    boolean equals(Matrix[] ws, int tokens) {
        boolean equal = true;
        for (Matrix w : ws) {
            equal &= tokens > FEW || w.type() != GgmlType.Q4_0;
        }
        return equal;
    }

    @Override
    public void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        reserve(workers.threads(), ws[0].cols(), tokens);
        for (int i = 0; i < ws.length; i++) {
            Matrix w = ws[i];
            float[] out = outs[i];
            if (tokens > FEW) {
                workers.run((w.rows() + ROWS - 1) / ROWS, (task, thread) -> {
                    int first = task * ROWS;
                    chains(w, first, Math.min(ROWS, w.rows() - first), x, tokens, out, scratch[thread]);
                });
            } else {
                workers.run(w.rows(), (r, thread) -> dots(w, r, x, tokens, out, scratch[thread]));
            }
        }
    }

    private void reserve(int threads, int cols, int tokens) {
        if (scratch.length < threads) {
            scratch = new Scratch[threads];
            for (int i = 0; i < threads; i++) {
                scratch[i] = new Scratch();
            }
        }
        for (Scratch s : scratch) {
            if (s.row.length < cols) {
                s.row = new float[cols];
                s.bytes = new byte[(cols + 31) / 32 * Q80_BYTES];
            }
            if (s.sums.length < ROWS * tokens) {
                s.sums = new float[ROWS * tokens];
            }
        }
    }

    private static void chains(Matrix w, int first, int rows, float[] x, int tokens, float[] out, Scratch s) {
        Arrays.fill(s.sums, 0, ROWS * tokens, 0);
        for (int from = 0; from < w.cols(); from += DEPTH) {
            int n = Math.min(DEPTH, w.cols() - from);
            for (int r = 0; r < rows; r++) {
                unpack(w, first + r, from, n, s.tile, r * DEPTH, s.bytes);
            }
            for (int t = 0; t < tokens; t++) {
                chain(s.tile, x, t * w.cols() + from, n, s.sums, t * ROWS);
            }
        }
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(s.sums, t * ROWS, out, t * w.rows() + first, rows);
        }
    }

    /** Goes on with the sums of 8 rows, column after column. */
    private static void chain(float[] tile, float[] x, int from, int n, float[] sums, int at) {
        float a = sums[at];
        float b = sums[at + 1];
        float c = sums[at + 2];
        float d = sums[at + 3];
        float e = sums[at + 4];
        float f = sums[at + 5];
        float g = sums[at + 6];
        float h = sums[at + 7];
        for (int i = 0; i < n; i++) {
            float v = x[from + i];
            a = Math.fma(tile[i], v, a);
            b = Math.fma(tile[DEPTH + i], v, b);
            c = Math.fma(tile[2 * DEPTH + i], v, c);
            d = Math.fma(tile[3 * DEPTH + i], v, d);
            e = Math.fma(tile[4 * DEPTH + i], v, e);
            f = Math.fma(tile[5 * DEPTH + i], v, f);
            g = Math.fma(tile[6 * DEPTH + i], v, g);
            h = Math.fma(tile[7 * DEPTH + i], v, h);
        }
        sums[at] = a;
        sums[at + 1] = b;
        sums[at + 2] = c;
        sums[at + 3] = d;
        sums[at + 4] = e;
        sums[at + 5] = f;
        sums[at + 6] = g;
        sums[at + 7] = h;
    }

    private static void unpack(Matrix w, int row, int from, int n, float[] out, int to, byte[] bytes) {
        long first = (long) row * w.cols() + from;
        if (w.type() == GgmlType.Q8_0) {
            // The bytes at once: one by one from a segment they cost more than the product, as long as nothing is
            // compiled.
            MemorySegment.copy(w.data(), ValueLayout.JAVA_BYTE, first / 32 * Q80_BYTES, bytes, 0, n / 32 * Q80_BYTES);
            for (int i = 0; i < n; i += 32) {
                scaled(bytes, i / 32 * Q80_BYTES, out, to + i);
            }
        } else {
            Dequantizer.dequantize(w.type(), w.data(), first, n, out, to);
        }
    }

    private static void scaled(byte[] block, int at, float[] out, int to) {
        float scale = half(block, at);
        for (int i = 0; i < 32; i++) {
            out[to + i] = block[at + 2 + i] * scale;
        }
    }

    private static float half(byte[] bytes, int at) {
        return Float.float16ToFloat((short) (bytes[at] & 255 | bytes[at + 1] << 8));
    }

    private void dots(Matrix w, int r, float[] x, int tokens, float[] out, Scratch s) {
        int cols = w.cols();
        if (w.type() == GgmlType.Q8_0
                && lanes == 16
                && cols % 64 == 0
                && w.data().isNative()) {
            int n = cols / 32 * Q80_BYTES;
            MemorySegment.copy(w.data(), ValueLayout.JAVA_BYTE, (long) r * n, s.bytes, 0, n);
            for (int t = 0; t < tokens; t++) {
                out[t * w.rows() + r] = dotOfBytes(s.bytes, n, x, t * cols, s.lanes);
            }
        } else {
            unpack(w, r, 0, cols, s.row, 0, s.bytes);
            for (int t = 0; t < tokens; t++) {
                out[t * w.rows() + r] = dot(s.row, x, t * cols, cols, s.lanes);
            }
        }
    }

    /** Lanes of even and of odd blocks. */
    private static float dotOfBytes(byte[] row, int n, float[] x, int from, float[] lanes) {
        Arrays.fill(lanes, 0);
        for (int at = 0, side = 0; at < n; at += Q80_BYTES, side ^= 16, from += 32) {
            float scale = half(row, at);
            for (int i = 0; i < 16; i++) {
                float sum = Math.fma(row[at + 18 + i], x[from + 16 + i], row[at + 2 + i] * x[from + i]);
                lanes[side + i] = Math.fma(sum, scale, lanes[side + i]);
            }
        }
        for (int i = 0; i < 16; i++) {
            lanes[i] += lanes[16 + i];
        }
        return sum(lanes, 16);
    }

    /** Four vectors of lanes. */
    private float dot(float[] a, float[] b, int from, int n, float[] sums) {
        Arrays.fill(sums, 0);
        int step = 4 * lanes;
        int bound = n - n % step;
        for (int i = 0; i < bound; i += step) {
            for (int l = 0; l < step; l++) {
                sums[l] = Math.fma(a[i + l], b[from + i + l], sums[l]);
            }
        }
        for (int l = 0; l < lanes; l++) {
            sums[l] = sums[l] + sums[lanes + l] + (sums[2 * lanes + l] + sums[3 * lanes + l]);
        }
        float sum = sum(sums, lanes);
        for (int i = bound; i < n; i++) {
            sum += a[i] * b[from + i];
        }
        return sum;
    }

    /** The sum of lanes, by halves. */
    private static float sum(float[] v, int lanes) {
        for (int half = lanes / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                v[i] += v[i + half];
            }
        }
        return v[0];
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out) {
        int n = weight.length;
        int bound = n - n % lanes;
        float[] squares = new float[lanes];
        for (int r = 0; r < rows; r++) {
            int from = r * n;
            Arrays.fill(squares, 0);
            for (int i = 0; i < bound; i += lanes) {
                for (int l = 0; l < lanes; l++) {
                    squares[l] = Math.fma(x[from + i + l], x[from + i + l], squares[l]);
                }
            }
            float sum = sum(squares, lanes);
            for (int i = bound; i < n; i++) {
                sum += x[from + i] * x[from + i];
            }
            float scale = (float) (1 / Math.sqrt(sum / n + eps));
            for (int i = 0; i < n; i++) {
                out[from + i] = x[from + i] * scale * weight[i];
            }
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int n) {
        int bound = n - n % lanes;
        for (int i = 0; i < bound; i++) {
            gate[i] = gate[i] / (Exp.exp(-gate[i]) + 1) * up[i];
        }
        for (int i = bound; i < n; i++) {
            gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
        }
    }

    @Override
    public void add(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public void addBias(float[] x, float[] bias, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < bias.length; i++) {
                x[r * bias.length + i] += bias[i];
            }
        }
    }

    @Override
    public void row(Matrix w, int row, float[] out, int offset) {
        reserve(1, w.cols(), 1);
        unpack(w, row, 0, w.cols(), out, offset, scratch[0].bytes);
    }
}
