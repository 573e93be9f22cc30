package dev.paca.kv.evict;

import dev.paca.kv.Eviction;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * The sum of the attention that a slot was given: of all tokens for H2O (arXiv 2306.14048), of those at the end of the
 * prompt for SnapKV (arXiv 2404.14469). SnapKV lets neighbours share it; the reference averages over {@code kernel} places
 * with zeros beyond the ends, which a sum orders alike. It scores each query head by itself; here, as kvpress does, the
 * heads that share a KV head have one score, their mean.
 */
final class Mass implements Evidence {
    private final int kernel;
    private final Eviction.Pool pool;
    /** Last slots that are no neighbours of others: they are kept anyway. */
    private final int apart;

    private long[] sums = new long[0];

    Mass(int kernel, Eviction.Pool pool, int apart) {
        this.kernel = kernel;
        this.pool = pool;
        this.apart = apart;
    }

    @Override
    public void take(Given given) {
        long[] more = given.sums();
        if (sums.length < more.length) {
            sums = Arrays.copyOf(sums, more.length + Math.min(64, more.length));
        }
        for (int i = 0; i < more.length; i++) {
            sums[i] += more[i];
        }
    }

    @Override
    public float[] scores(int slots) {
        float[] scores = new float[slots];
        int judged = Math.max(0, slots - apart);
        for (int i = 0; i < slots; i++) {
            long score = i < sums.length ? sums[i] : 0;
            int last = Math.min(Math.min(judged, sums.length) - 1, i + kernel / 2);
            for (int j = Math.max(0, i - kernel / 2); i < judged && j <= last; j++) {
                if (j != i) {
                    score = pool == Eviction.Pool.AVG ? score + sums[j] : Math.max(score, sums[j]);
                }
            }
            scores[i] = score;
        }
        return scores;
    }

    @Override
    public void keep(int[] slots, int count) {
        long[] kept = new long[count];
        for (int i = 0; i < count; i++) {
            kept[i] = slots[i] < sums.length ? sums[slots[i]] : 0;
        }
        sums = kept;
    }

    @Override
    public void clear() {
        sums = new long[0];
    }

    @Override
    public Evidence copy() {
        Mass copy = new Mass(kernel, pool, apart);
        copy.sums = sums.clone();
        return copy;
    }

    @Override
    public void save(DataOutputStream out) throws IOException {
        out.writeInt(sums.length);
        for (long sum : sums) {
            out.writeLong(sum);
        }
    }

    @Override
    public void restore(DataInputStream in) throws IOException {
        sums = new long[0];
        int count = Evidence.count(in);
        for (int i = 0; i < count; i++) {
            if (i == sums.length) {
                sums = Arrays.copyOf(sums, (int) Math.min(count, 1024 + 2L * i));
            }
            sums[i] = in.readLong();
        }
    }

    @Override
    public long bytes() {
        return 8L * sums.length;
    }
}
