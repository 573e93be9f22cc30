package dev.paca.kv.evict;

import dev.paca.kv.attention.Trace;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * How many of the last tokens gave a slot at least the mean of their attention: Scissorhands (arXiv 2305.17118), which
 * drops those that fell short of it most often. A slot is counted against the tokens that saw it. Among equals the one
 * that the newest token weighs more is kept; the paper leaves that open.
 */
final class Persistence implements Evidence {
    private final int history;
    /** For each of the last tokens, the oldest first: the slots that it gave the mean or more. */
    private final Deque<BitSet> pivotal = new ArrayDeque<>();

    private int[] newest = new int[0];

    Persistence(int history) {
        this.history = history;
    }

    @Override
    public void take(Given given) {
        for (int[] row : given.rows()) {
            BitSet marks = new BitSet(row.length);
            for (int i = 0; i < row.length; i++) {
                // Weights were rounded down.
                if ((row[i] + 1L) * row.length >= Trace.UNIT) {
                    marks.set(i);
                }
            }
            if (pivotal.size() == history) {
                pivotal.removeFirst();
            }
            pivotal.addLast(marks);
            newest = row;
        }
    }

    @Override
    public float[] scores(int slots) {
        float[] scores = new float[slots];
        for (BitSet marks : pivotal) {
            for (int i = marks.nextSetBit(0); i >= 0 && i < slots; i = marks.nextSetBit(i + 1)) {
                scores[i]++;
            }
        }
        for (int i = 0; i < Math.min(slots, newest.length); i++) {
            // A weight of 1 is half a count, so that it decides among equals only.
            scores[i] += newest[i] * (0.5f / Trace.UNIT);
        }
        return scores;
    }

    @Override
    public void keep(int[] slots, int count) {
        int size = pivotal.size();
        for (int n = 0; n < size; n++) {
            BitSet old = pivotal.removeFirst();
            BitSet kept = new BitSet(count);
            for (int i = 0; i < count; i++) {
                if (old.get(slots[i])) {
                    kept.set(i);
                }
            }
            pivotal.addLast(kept);
        }
        int[] weights = new int[count];
        for (int i = 0; i < count; i++) {
            weights[i] = slots[i] < newest.length ? newest[slots[i]] : 0;
        }
        newest = weights;
    }

    @Override
    public void clear() {
        pivotal.clear();
        newest = new int[0];
    }

    @Override
    public Evidence copy() {
        Persistence copy = new Persistence(history);
        pivotal.forEach(marks -> copy.pivotal.addLast((BitSet) marks.clone()));
        copy.newest = newest.clone();
        return copy;
    }

    @Override
    public void save(DataOutputStream out) throws IOException {
        out.writeInt(pivotal.size());
        for (BitSet marks : pivotal) {
            byte[] bytes = marks.toByteArray();
            out.writeInt(bytes.length);
            out.write(bytes);
        }
        out.writeInt(newest.length);
        for (int weight : newest) {
            out.writeInt(weight);
        }
    }

    @Override
    public void restore(DataInputStream in) throws IOException {
        clear();
        int count = Evidence.count(in);
        for (int n = 0; n < count; n++) {
            pivotal.addLast(BitSet.valueOf(in.readNBytes(Evidence.count(in))));
        }
        byte[] bytes = in.readNBytes((int) Math.min(Integer.MAX_VALUE, 4L * Evidence.count(in)));
        newest = new int[bytes.length / 4];
        java.nio.ByteBuffer.wrap(bytes).asIntBuffer().get(newest);
    }

    @Override
    public long bytes() {
        long sum = 4L * newest.length;
        for (BitSet marks : pivotal) {
            sum += marks.size() / 8;
        }
        return sum;
    }
}
