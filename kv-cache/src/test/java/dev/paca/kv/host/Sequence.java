package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import java.util.List;
import java.util.Random;

/** Random queries, keys and values of one sequence of tokens, and ways to run them through a cache. */
final class Sequence {
    final KvShape shape;
    final int tokens;
    final float[][] q;
    final float[][] k;
    final float[][] v;

    Sequence(KvShape shape, int tokens, long seed) {
        this.shape = shape;
        this.tokens = tokens;
        Random random = new Random(seed);
        q = new float[shape.layers()][];
        k = new float[shape.layers()][];
        v = new float[shape.layers()][];
        for (int layer = 0; layer < shape.layers(); layer++) {
            q[layer] = gaussian(random, tokens * shape.queryDim());
            k[layer] = gaussian(random, tokens * shape.kvDim());
            v[layer] = gaussian(random, tokens * shape.kvDim());
        }
    }

    private static float[] gaussian(Random random, int size) {
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextGaussian() * 1.5f;
        }
        return x;
    }

    /** Runs tokens {@code from} to {@code to - 1} in one step; the result has the last layer's rows for them. */
    float[] run(HostPool pool, KvCache cache, int from, int to, Phase phase, Workers workers) {
        int rows = to - from;
        float[] out = new float[rows * shape.queryDim()];
        KvStep step = pool.step(List.of(new KvStep.Span(cache, 0, rows, phase, new int[rows], 0)), workers);
        for (int layer = 0; layer < shape.layers(); layer++) {
            step.append(layer, rows(k[layer], shape.kvDim(), from, to), rows(v[layer], shape.kvDim(), from, to));
            step.attend(layer, rows(q[layer], shape.queryDim(), from, to), out);
        }
        step.finish();
        return out;
    }

    /** The rows of some tokens. */
    static float[] rows(float[] all, int width, int from, int to) {
        return java.util.Arrays.copyOfRange(all, from * width, to * width);
    }
}
