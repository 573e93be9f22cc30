package dev.paca.kv.evict;

import java.io.DataInputStream;
import java.io.DataOutputStream;

/** The attention of the newest token alone: TOVA (arXiv 2401.06104). Nothing is remembered from step to step. */
final class Newest implements Evidence {
    private int[] weights = new int[0];

    @Override
    public void take(Given given) {
        int[][] rows = given.rows();
        weights = rows[rows.length - 1];
    }

    @Override
    public float[] scores(int slots) {
        float[] scores = new float[slots];
        for (int i = 0; i < Math.min(slots, weights.length); i++) {
            scores[i] = weights[i];
        }
        return scores;
    }

    @Override
    public void keep(int[] slots, int count) {
        clear();
    }

    @Override
    public void clear() {
        weights = new int[0];
    }

    @Override
    public Evidence copy() {
        return new Newest();
    }

    @Override
    public void save(DataOutputStream out) {}

    @Override
    public void restore(DataInputStream in) {}

    @Override
    public long bytes() {
        return 4L * weights.length;
    }
}
