package dev.paca.model.llama;

/** The arrays that a forward pass works in: they grow to the largest batch seen, and are used again. */
final class Activations {
    private final LlamaConfig config;
    private int rows;
    private int logitRows;

    /** The residual stream, {@code [rows][dim]}. */
    float[] stream = new float[0];
    /** What a norm made of the stream, {@code [rows][dim]}. */
    float[] normed = new float[0];
    /** Queries, {@code [rows][heads * headDim]}. */
    float[] q = new float[0];
    /** Keys, {@code [rows][kvHeads * headDim]}. */
    float[] k = new float[0];
    /** Values, {@code [rows][kvHeads * headDim]}. */
    float[] v = new float[0];
    /** What attention gathered, {@code [rows][heads * headDim]}. */
    float[] attended = new float[0];
    /** The feed-forward network's gate, {@code [rows][ffnDim]}. */
    float[] gate = new float[0];
    /** Its other half, {@code [rows][ffnDim]}. */
    float[] up = new float[0];
    /** What a sublayer adds to the stream, {@code [rows][dim]}. */
    float[] added = new float[0];
    /** Logits, {@code [logitRows][vocabulary]}. */
    float[] logits = new float[0];

    // The same arrays, together as products fill them.
    float[][] qkvOuts = {};
    float[][] gateUpOuts = {};
    float[][] addedOuts = {};
    float[][] logitsOuts = {};

    Activations(LlamaConfig config) {
        this.config = config;
    }

    /** Makes room for a batch. */
    void reserve(int rowsWanted, int logitRowsWanted) {
        if (rowsWanted > rows) {
            rows = rowsWanted;
            stream = new float[Math.multiplyExact(rows, config.dim())];
            normed = new float[stream.length];
            added = new float[stream.length];
            q = new float[Math.multiplyExact(rows, config.queryDim())];
            k = new float[Math.multiplyExact(rows, config.kvDim())];
            v = new float[k.length];
            attended = new float[q.length];
            gate = new float[Math.multiplyExact(rows, config.ffnDim())];
            up = new float[gate.length];
            qkvOuts = new float[][] {q, k, v};
            gateUpOuts = new float[][] {gate, up};
            addedOuts = new float[][] {added};
        }
        if (logitRowsWanted > logitRows) {
            logitRows = logitRowsWanted;
            logits = new float[Math.multiplyExact(logitRows, config.vocabulary())];
            logitsOuts = new float[][] {logits};
        }
    }
}
