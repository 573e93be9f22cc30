package dev.paca.bench.jmh;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.ScalarAttention;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.vector.VectorAttention;
import dev.paca.kv.vector.VectorScorer;
import java.util.List;

/** One layer's cache with random keys and values, and a token that is decoded after them, again and again. */
final class Layer implements AutoCloseable {
    static final int KV_HEADS = 2;
    static final int GROUP = 4;
    private static final long LIMIT = 1L << 30;
    /** Tokens of the prompt whose attention is computed, for methods that learn from it. */
    private static final int OBSERVED = 16;

    private final HostPool pool;
    private final KvCache cache;
    private final KvShape shape;
    private final float[] k;
    private final float[] v;
    private final float[] q;
    private final float[] out;

    /** @param kernels {@code scalar} or {@code vector} */
    Layer(String kernels, KvPolicy policy, int headDim, int length) {
        shape = new KvShape(1, KV_HEADS * GROUP, KV_HEADS, headDim);
        boolean scalar = kernels.equals("scalar");
        AttentionKernel kernel = scalar ? new ScalarAttention() : new VectorAttention();
        Scorer scorer = scalar ? new ScalarScorer() : new VectorScorer();
        pool = new HostPool(shape, LIMIT, kernel, scorer);
        cache = pool.open(policy);
        k = Numbers.normal((length + 1) * shape.kvDim(), 1);
        v = Numbers.normal((length + 1) * shape.kvDim(), 2);
        q = Numbers.normal(OBSERVED * shape.queryDim(), 3);
        out = new float[OBSERVED * shape.queryDim()];
        int before = length - Math.min(OBSERVED, length);
        if (before > 0) {
            prefill(0, before, Phase.PREFILL);
        }
        prefill(before, length - before, Phase.PREFILL_END);
    }

    private void prefill(int from, int count, Phase phase) {
        cache.reserve(count);
        KvStep step = step(count, phase);
        step.append(0, rows(k, from, count), rows(v, from, count));
        if (phase == Phase.PREFILL_END) {
            step.attend(0, q, out);
        }
        step.finish();
    }

    private float[] rows(float[] all, int from, int count) {
        float[] rows = new float[count * shape.kvDim()];
        System.arraycopy(all, from * shape.kvDim(), rows, 0, rows.length);
        return rows;
    }

    private KvStep step(int count, Phase phase) {
        return pool.step(List.of(new KvStep.Span(cache, 0, count, phase, new int[count], 0)), Workers.serial());
    }

    /** Appends a token. The pass is not finished, so that the next call does the same. */
    KvStep append() {
        KvStep step = step(1, Phase.DECODE);
        step.append(0, k, v);
        return step;
    }

    /** Appends a token, and attends with it. */
    float[] attend() {
        append().attend(0, q, out);
        return out;
    }

    /** Bytes that attention has read in decoding so far. */
    long read() {
        return cache.usage().readBytes();
    }

    /** The attention of the token over what was stored, computed from the numbers before they were stored. */
    float[] defined() {
        int length = cache.length();
        int dims = shape.headDim();
        float[] result = new float[shape.queryDim()];
        double[] weights = new double[length + 1];
        for (int head = 0; head < shape.heads(); head++) {
            int kv = head / GROUP * dims;
            double sum = 0;
            for (int i = 0; i <= length; i++) {
                // The token itself has the keys of the first row.
                int at = (i == length ? 0 : i) * shape.kvDim() + kv;
                double score = 0;
                for (int d = 0; d < dims; d++) {
                    score += q[head * dims + d] * k[at + d];
                }
                weights[i] = Math.exp(score / Math.sqrt(dims));
                sum += weights[i];
            }
            for (int d = 0; d < dims; d++) {
                double value = 0;
                for (int i = 0; i <= length; i++) {
                    value += weights[i] * v[(i == length ? 0 : i) * shape.kvDim() + kv + d];
                }
                result[head * dims + d] = (float) (value / sum);
            }
        }
        return result;
    }

    @Override
    public void close() {
        cache.close();
        pool.close();
    }
}
