package dev.paca.tornado.kernels;

import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** What rotating, storing and attending mean, in double precision. */
final class Reference {
    private final int headDim;
    private final int kvHeads;
    private final int group;
    private final boolean halves;
    private final List<double[]> queries = new ArrayList<>();
    private final List<double[]> keys = new ArrayList<>();
    private final List<double[]> values = new ArrayList<>();

    Reference(int headDim, int kvHeads, int group, boolean halves) {
        this.headDim = headDim;
        this.kvHeads = kvHeads;
        this.group = group;
        this.halves = halves;
    }

    FloatArray angles(int positions) {
        FloatArray angles = HostArrays.floats(positions * headDim);
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < headDim / 2; i++) {
                angles.set(p * headDim + 2 * i, (float) Math.cos(angle(p, i)));
                angles.set(p * headDim + 2 * i + 1, (float) Math.sin(angle(p, i)));
            }
        }
        return angles;
    }

    private double angle(int position, int pair) {
        return position * Math.pow(500, -2.0 * pair / headDim);
    }

    void add(float[] qkv, int at, FloatArray bias, int position, int storage) {
        int heads = kvHeads * group;
        double[] q = new double[heads * headDim];
        double[] k = new double[kvHeads * headDim];
        double[] v = new double[kvHeads * headDim];
        for (int i = 0; i < q.length + k.length + v.length; i++) {
            double x = qkv[at + i] + bias.get(i);
            if (i < q.length) {
                q[i] = x;
            } else if (i < q.length + k.length) {
                k[i - q.length] = x;
            } else {
                v[i - q.length - k.length] = x;
            }
        }
        rotate(q, position);
        rotate(k, position);
        store(k, storage);
        store(v, storage);
        queries.add(q);
        keys.add(k);
        values.add(v);
    }

    private void rotate(double[] x, int position) {
        for (int head = 0; head < x.length; head += headDim) {
            for (int i = 0; i < headDim / 2; i++) {
                int a = head + (halves ? i : 2 * i);
                int b = a + (halves ? headDim / 2 : 1);
                double cos = Math.cos(angle(position, i));
                double sin = Math.sin(angle(position, i));
                double left = x[a];
                x[a] = left * cos - x[b] * sin;
                x[b] = left * sin + x[b] * cos;
            }
        }
    }

    private void store(double[] x, int storage) {
        for (int head = 0; head < x.length; head += headDim) {
            double largest = 0;
            for (int d = 0; d < headDim; d++) {
                largest = Math.max(largest, Math.abs(x[head + d]));
            }
            double scale = largest / 127;
            for (int d = 0; d < headDim; d++) {
                x[head + d] =
                        storage == Page.INT8 ? Math.rint(x[head + d] / scale) * scale : stored(x[head + d], storage);
            }
        }
    }

    private static double stored(double x, int storage) {
        return switch (storage) {
            case Page.F32 -> (float) x;
            case Page.FP8 -> Fp8.decode(Fp8.encode((float) x));
            default -> Float.float16ToFloat(Float.floatToFloat16((float) x));
        };
    }

    /** Of what comes before, only the first {@code begin} tokens and those from {@code tail} on are read. */
    void attend(int position, int begin, int tail, float[] out, int to) {
        for (int head = 0; head < kvHeads * group; head++) {
            int kv = head / group * headDim;
            double[] scores = new double[position + 1];
            double max = Double.NEGATIVE_INFINITY;
            for (int t = 0; t <= position; t++) {
                for (int d = 0; d < headDim; d++) {
                    scores[t] += queries.get(position)[head * headDim + d] * keys.get(t)[kv + d];
                }
                scores[t] = t < begin || t >= tail ? scores[t] / Math.sqrt(headDim) : Double.NEGATIVE_INFINITY;
                max = Math.max(max, scores[t]);
            }
            double sum = 0;
            double[] gathered = new double[headDim];
            for (int t = 0; t <= position; t++) {
                double weight = Math.exp(scores[t] - max);
                sum += weight;
                for (int d = 0; d < headDim; d++) {
                    gathered[d] += weight * values.get(t)[kv + d];
                }
            }
            for (int d = 0; d < headDim; d++) {
                out[to + head * headDim + d] = (float) (gathered[d] / sum);
            }
        }
    }
}
