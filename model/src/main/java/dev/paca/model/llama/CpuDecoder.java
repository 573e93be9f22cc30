package dev.paca.model.llama;

import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of Llama (Touvron et al. 2023) and its relatives on the CPU. A batch is a stack of rows, one a token, of
 * any mix of sequences: prefill and decoding are the same code, and weights are read once for all rows.
 */
public final class CpuDecoder implements Decoder {
    private final LlamaConfig config;
    private final LlamaWeights weights;
    private final Kernels kernels;
    private final Workers workers;
    private final int contextLength;
    private final HostPool pool;
    private final Rope rope;
    private final Activations a;
    private final Products[] products;
    private final Matrix[] output;

    /** A layer's matrices, grouped by the activations that they are multiplied with. */
    private record Products(Matrix[] qkv, Matrix[] attentionOutput, Matrix[] gateUp, Matrix[] down) {
        static Products of(Layer w) {
            return new Products(
                    new Matrix[] {w.q(), w.k(), w.v()},
                    new Matrix[] {w.attentionOutput()},
                    new Matrix[] {w.gate(), w.up()},
                    new Matrix[] {w.down()});
        }
    }

    private CpuDecoder(
            LlamaConfig config,
            LlamaWeights weights,
            Kernels kernels,
            Workers workers,
            int contextLength,
            HostPool pool) {
        this.config = config;
        this.weights = weights;
        this.kernels = kernels;
        this.workers = workers;
        this.contextLength = contextLength;
        this.pool = pool;
        this.rope = new Rope(config, weights.ropeFactors());
        this.a = new Activations(config);
        this.products = weights.layers().stream().map(Products::of).toArray(Products[]::new);
        this.output = new Matrix[] {weights.output()};
    }

    /**
     * A decoder of a file's model. The file must stay open as long as the decoder is used.
     *
     * @param workers share out the products and attention; the caller closes them
     * @throws PacaException if the model is not supported or the file is damaged
     */
    public static CpuDecoder of(Gguf gguf, Kernels kernels, Workers workers, CpuOptions options) {
        LlamaConfig config = LlamaConfig.of(gguf.metadata());
        int context = options.contextLength() == 0 ? config.contextLength() : options.contextLength();
        if (config.slidingWindow() > 0 && context > config.slidingWindow()) {
            throw new PacaException(gguf.name() + ": attention looks back " + config.slidingWindow()
                    + " tokens only, which is not supported in a context of " + context
                    + ". Ask for a context of at most " + config.slidingWindow() + " tokens.");
        }
        LlamaWeights weights = LlamaWeights.of(gguf, config);
        HostPool pool = new HostPool(config.kvShape(), options.kvBytes());
        return new CpuDecoder(config, weights, kernels, workers, context, pool);
    }

    /** The model's shape. */
    public LlamaConfig config() {
        return config;
    }

    @Override
    public String description() {
        int threads = workers.threads();
        return "CPU, " + threads + (threads == 1 ? " thread. " : " threads. ") + kernels.description();
    }

    @Override
    public HostPool pool() {
        return pool;
    }

    @Override
    public int vocabularySize() {
        return config.vocabulary();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Logits forward(List<Slice> batch) {
        Batch rows = Batch.of(batch, config.vocabulary(), contextLength);
        a.reserve(rows.count(), rows.logits().length);
        rope.reserve(rows.count());
        KvStep step = pool.step(rows.spans(), workers);

        // Each row starts as its token's embedding, and knows its position.
        embed(rows.spans());

        int live = rows.count();
        for (int l = 0; l < config.layers(); l++) {
            Layer w = weights.layers().get(l);
            Products matrices = products[l];

            // Queries, keys and values of the normalised stream (pre-norm; RMSNorm: Zhang & Sennrich 2019).
            kernels.rmsNorm(a.stream, w.attentionNorm(), config.normEpsilon(), live, a.normed);
            kernels.matmul(matrices.qkv(), a.normed, live, a.qkvOuts, workers);
            addBias(a.q, w.qBias(), live);
            addBias(a.k, w.kBias(), live);
            addBias(a.v, w.vBias(), live);

            // Qwen 3 normalises every query and key head by itself.
            normHeads(a.q, w.qNorm(), live * config.heads());
            normHeads(a.k, w.kNorm(), live * config.kvHeads());

            // Queries and keys are turned by their position (RoPE).
            rope.rotate(a.q, live, config.heads());
            rope.rotate(a.k, live, config.kvHeads());

            // Keys and values join the cache; every query reads its sequence up to itself (GQA: Ainslie et al. 2023).
            step.append(l, a.k, a.v);
            step.attend(l, a.q, a.attended);

            // Above the last attention, rows do not see each other: only those whose logits are wanted go on.
            if (l == config.layers() - 1) {
                live = keep(rows.logits());
            }
            if (live == 0) {
                break;
            }

            // What the heads gathered is added to the stream.
            kernels.matmul(matrices.attentionOutput(), a.attended, live, a.addedOuts, workers);
            addBias(a.added, w.attentionOutputBias(), live);
            kernels.add(a.stream, a.added, live * config.dim());

            // The feed-forward network of the normalised stream is added to it (SwiGLU: Shazeer 2020).
            kernels.rmsNorm(a.stream, w.ffnNorm(), config.normEpsilon(), live, a.normed);
            kernels.matmul(matrices.gateUp(), a.normed, live, a.gateUpOuts, workers);
            kernels.swiGlu(a.gate, a.up, live * config.ffnDim());
            kernels.matmul(matrices.down(), a.gate, live, a.addedOuts, workers);
            kernels.add(a.stream, a.added, live * config.dim());
        }
        step.finish();
        if (live == 0) {
            kernels.endPass();
            return new Logits(a.logits, 0, config.vocabulary());
        }

        // Logits compare the normalised stream with every token's output embedding.
        kernels.rmsNorm(a.stream, weights.outputNorm(), config.normEpsilon(), live, a.normed);
        kernels.matmul(output, a.normed, live, a.logitsOuts, workers);
        kernels.endPass();
        return new Logits(a.logits, live, config.vocabulary());
    }

    private void embed(List<KvStep.Span> spans) {
        for (KvStep.Span span : spans) {
            for (int i = 0; i < span.tokens(); i++) {
                int token = span.ids()[span.from() + i];
                kernels.row(weights.embeddings(), token, a.stream, (span.row() + i) * config.dim());
            }
            rope.place(span.row(), span.tokens(), span.cache().length());
        }
    }

    private void addBias(float[] x, float @Nullable [] bias, int rows) {
        if (bias != null) {
            kernels.addBias(x, bias, rows);
        }
    }

    private void normHeads(float[] x, float @Nullable [] norm, int heads) {
        if (norm != null) {
            kernels.rmsNorm(x, norm, config.normEpsilon(), heads, x);
        }
    }

    /** Moves these rows of the stream and of what attention gathered to the front, and gives their number. */
    private int keep(int[] rows) {
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(a.stream, rows[i] * config.dim(), a.stream, i * config.dim(), config.dim());
            System.arraycopy(
                    a.attended, rows[i] * config.queryDim(), a.attended, i * config.queryDim(), config.queryDim());
        }
        return rows.length;
    }

    @Override
    public void close() {
        pool.close();
    }
}
