package dev.paca.model.engine;

import dev.paca.kv.KvPool;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A whole model in a few lines, over the real pool: random embeddings, two layers of nothing but attention, and logits that
 * depend on every token before. It notes what it was given to run.
 */
final class TinyDecoder implements Decoder {
    static final int VOCABULARY = 97;
    private static final int LAYERS = 2;
    private static final int HEADS = 2;
    private static final int HEAD_DIM = 8;
    private static final int DIM = HEADS * HEAD_DIM;
    /** Sharp enough that the likeliest token is no matter of rounding. */
    private static final float SHARPNESS = 3;

    /** What a slice of a step was. */
    record Ran(int tokens, Phase phase, int from) {}

    final List<List<Ran>> steps = new ArrayList<>();
    private final HostPool pool;
    private final int contextLength;
    private final float[][] embeddings = new float[VOCABULARY][];
    volatile @Nullable Runnable beforeStep;
    /** Steps that were asked for tokens, and not for logits. */
    final AtomicInteger chosen = new AtomicInteger();

    volatile boolean closed;

    TinyDecoder(long limitBytes, int contextLength) {
        pool = new HostPool(new KvShape(LAYERS, HEADS, 1, HEAD_DIM), limitBytes);
        this.contextLength = contextLength;
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < VOCABULARY; i++) {
            embeddings[i] = new float[DIM];
            for (int j = 0; j < DIM; j++) {
                embeddings[i][j] = (float) random.nextGaussian();
            }
        }
    }

    @Override
    public String description() {
        return "a tiny model";
    }

    @Override
    public KvPool pool() {
        return pool;
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int[] likeliest(List<Slice> batch) {
        chosen.incrementAndGet();
        return Decoder.super.likeliest(batch);
    }

    @Override
    public Logits forward(List<Slice> batch) {
        Runnable hook = beforeStep;
        if (hook != null) {
            hook.run();
        }
        List<KvStep.Span> spans = new ArrayList<>();
        List<Ran> rans = new ArrayList<>();
        int rows = 0;
        for (Slice slice : batch) {
            spans.add(new KvStep.Span(slice.cache(), rows, slice.count(), slice.phase(), slice.tokens(), slice.from()));
            rans.add(new Ran(slice.count(), slice.phase(), slice.cache().length()));
            rows += slice.count();
        }
        synchronized (steps) {
            steps.add(rans);
        }
        float[] x = embed(batch, rows);
        KvStep step = pool.step(spans, Workers.serial());
        for (int layer = 0; layer < LAYERS; layer++) {
            attend(step, layer, x, rows);
        }
        step.finish();
        return logits(batch, x);
    }

    private float[] embed(List<Slice> batch, int rows) {
        float[] x = new float[rows * DIM];
        int row = 0;
        for (Slice slice : batch) {
            for (int i = 0; i < slice.count(); i++, row++) {
                int position = slice.cache().length() + i;
                for (int j = 0; j < DIM; j++) {
                    x[row * DIM + j] = embeddings[slice.tokens()[slice.from() + i]][j]
                            + (float) Math.sin(position * (j + 1) * 0.37);
                }
            }
        }
        return x;
    }

    private void attend(KvStep step, int layer, float[] x, int rows) {
        float[] k = new float[rows * HEAD_DIM];
        float[] v = new float[rows * HEAD_DIM];
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < HEAD_DIM; j++) {
                k[row * HEAD_DIM + j] = x[row * DIM + j];
                v[row * HEAD_DIM + j] = x[row * DIM + HEAD_DIM + j];
            }
        }
        float[] out = new float[rows * DIM];
        step.append(layer, k, v);
        step.attend(layer, x, out);
        for (int i = 0; i < out.length; i++) {
            x[i] = (float) Math.tanh(x[i]) + 2 * out[i];
        }
    }

    private Logits logits(List<Slice> batch, float[] x) {
        int wanted = batch.stream().mapToInt(Slice::logits).sum();
        float[] values = new float[wanted * VOCABULARY];
        int row = 0;
        int out = 0;
        for (Slice slice : batch) {
            row += slice.count();
            for (int r = row - slice.logits(); r < row; r++, out++) {
                for (int token = 0; token < VOCABULARY; token++) {
                    float sum = 0;
                    for (int j = 0; j < DIM; j++) {
                        sum += embeddings[token][j] * x[r * DIM + j];
                    }
                    values[out * VOCABULARY + token] = SHARPNESS * sum;
                }
            }
        }
        return new Logits(values, wanted, VOCABULARY);
    }

    @Override
    public void close() {
        closed = true;
        pool.close();
    }
}
