package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a sequence holds beside keys and values: on its way from and to another device.
 *
 * @param ids of the tokens that were run
 * @param positions for each layer and KV head, of the token in each slot
 * @param protectedTokens first tokens that are never evicted
 */
public record Contents(int[] ids, int[][] positions, int protectedTokens) {
    /** Keys and values of some slots. */
    public interface Source {
        /**
         * @param from the first slot
         * @param tokens how many; a head that holds fewer may leave anything in their rows
         * @param k for each layer rows of {@code kvHeads × headDim}, a slot each
         * @param v laid out alike
         */
        void read(int from, int tokens, float[][] k, float[][] v);
    }

    /** Everything that was run is held. */
    public static Contents of(int[] ids, KvShape shape) {
        int[] all = IntStream.range(0, ids.length).toArray();
        int[][] positions = new int[shape.layers() * shape.kvHeads()][];
        Arrays.fill(positions, all);
        return new Contents(ids, positions, 0);
    }

    static Contents of(HostCache cache) {
        int[] ids = Arrays.copyOf(cache.beginning().ids(), cache.length());
        int[][] positions = Arrays.stream(cache.tables())
                .map(table -> cache.positions(table, table.tokens()))
                .toArray(int[][]::new);
        return new Contents(ids, positions, cache.protectedTokens());
    }

    /** Slots of the KV head with the most. */
    public int slots() {
        return Arrays.stream(positions).mapToInt(list -> list.length).max().orElse(0);
    }

    /** Writes all that into an empty cache, some slots at a time. */
    void fill(HostPool pool, HostCache cache, int chunk, Source source) {
        KvShape shape = pool.shape();
        float[][] k = new float[shape.layers()][chunk * shape.kvDim()];
        float[][] v = new float[shape.layers()][chunk * shape.kvDim()];
        for (int at = 0; at < slots(); at += chunk) {
            int count = Math.min(chunk, slots() - at);
            source.read(at, count, k, v);
            // nothing is evicted within a prompt
            KvStep.Span span = new KvStep.Span((KvCache) cache, 0, count, Phase.PREFILL, new int[count], 0);
            KvStep step = pool.step(List.of(span), Workers.serial());
            for (int l = 0; l < k.length; l++) {
                step.append(l, k[l], v[l]);
            }
            step.finish();
        }
        cache.become(this);
    }
}
