package dev.paca.model.sampling;

/**
 * The likeliest tokens of a row, likeliest first; equal logits by id. Found with a heap of as many entries as are wanted,
 * whose root is the worst: the vocabulary is read once and never sorted.
 */
final class Candidates {
    private float[] logits = new float[64];
    private int[] ids = new int[64];
    private int size;

    int size() {
        return size;
    }

    float logit(int i) {
        return logits[i];
    }

    int id(int i) {
        return ids[i];
    }

    /** Keeps the {@code k} best of a row, without those at negative infinity or NaN. */
    void select(float[] row, int offset, int vocabulary, int k) {
        if (logits.length < k) {
            int length = Math.min(vocabulary, Math.max(k, 2 * logits.length));
            logits = new float[length];
            ids = new int[length];
        }
        size = 0;
        int i = 0;
        for (; i < vocabulary && size < k; i++) {
            float logit = row[offset + i];
            if (logit > Float.NEGATIVE_INFINITY) {
                logits[size] = logit;
                ids[size++] = i;
            }
        }
        for (int root = size / 2 - 1; root >= 0; root--) {
            sink(root, size, logits[root], ids[root]);
        }
        // Ids ascend, so a later token with an equal logit is the worse one.
        float worst = size > 0 ? logits[0] : Float.POSITIVE_INFINITY;
        for (; i < vocabulary; i++) {
            float logit = row[offset + i];
            if (logit > worst) {
                sink(0, size, logit, i);
                worst = logits[0];
            }
        }
        for (int end = size - 1; end > 0; end--) {
            float logit = logits[end];
            int id = ids[end];
            logits[end] = logits[0];
            ids[end] = ids[0];
            sink(0, end, logit, id);
        }
    }

    private void sink(int hole, int end, float logit, int id) {
        while (true) {
            int child = 2 * hole + 1;
            if (child >= end) {
                break;
            }
            if (child + 1 < end && worse(logits[child + 1], ids[child + 1], logits[child], ids[child])) {
                child++;
            }
            if (!worse(logits[child], ids[child], logit, id)) {
                break;
            }
            logits[hole] = logits[child];
            ids[hole] = ids[child];
            hole = child;
        }
        logits[hole] = logit;
        ids[hole] = id;
    }

    private static boolean worse(float a, int aId, float b, int bId) {
        return a < b || (a == b && aId > bId);
    }
}
