package dev.paca.tornado.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.kv.evict.Given;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Codes of keys are relative to a sequence's first 256 tokens: pages of these are shared by those only who share all. */
class AnchorPagesTest {
    private static final KvShape SHAPE = new KvShape(2, 4, 2, 16);
    private static final KvPolicy POLICY =
            new KvPolicy(Storage.F16, Storage.F16, 16).with(PolicyText.selection("key-codes:budget=64,layers=0"));
    private static final int PAGES = 100;

    private final List<String> copies = new ArrayList<>();
    private final DevicePool pool = new DevicePool(SHAPE, POLICY, PAGES, new long[] {1}, new PageDevice() {
        @Override
        public void copy(int[] from, int[] to) {
            copies.add(from[0] + " to " + to[0]);
        }

        @Override
        public void read(int[] pages, int[] tokens, float[][] k, float[][] v) {
            throw new AssertionError("nothing is saved");
        }

        @Override
        public void write(DeviceCache cache, int index, int[] tokens, float[][] k, float[][] v) {
            throw new AssertionError("nothing is restored");
        }

        @Override
        public Given[] judge(DeviceCache cache, int tokens) {
            throw new AssertionError("nothing is evicted");
        }

        @Override
        public void move(int[][] places, int[][] pages) {
            throw new AssertionError("nothing is evicted");
        }
    });

    @Test
    void aForkThatCompletesTheAnchorOwnsItsPages() {
        DeviceCache one = cache(200);
        DeviceCache two = (DeviceCache) one.fork();
        // 13 pages, of which the last is written to in any case
        grow(two, 55);
        assertThat(copies).hasSize(1);
        grow(two, 1);
        assertThat(copies).hasSize(13);
        assertThat(table(two)).doesNotContainAnyElementsOf(table(one));
        // nobody shares the first one's pages any more
        grow(one, 80);
        assertThat(copies).hasSize(13);
    }

    @Test
    void aForkOfALongerSequenceSharesWhatIsThere() {
        DeviceCache one = cache(300);
        DeviceCache two = (DeviceCache) one.fork();
        grow(two, 30);
        assertThat(copies).hasSize(1);
        assertThat(table(two)).startsWith(table(one).subList(0, 18).toArray(Integer[]::new));
    }

    @Test
    void promptsShareABeginningThatHasAnAnchor() {
        cache(250).close();
        assertThat(open(ids(400)).length()).isZero();
        cache(300).close();
        assertThat(open(ids(400)).length()).isEqualTo(288);
        assertThat(open(ids(256)).length()).isZero();
        assertThat(open(ids(257)).length()).isEqualTo(256);
    }

    @Test
    void whatIsCutBelowTheAnchorAndGrowsAgainIsFoundNoMore() {
        DeviceCache one = cache(300);
        one.truncate(100);
        one.reserve(200);
        assertThat(open(ids(400)).length()).isZero();
    }

    private DeviceCache cache(int tokens) {
        DeviceCache cache = open(new int[0]);
        grow(cache, tokens);
        return cache;
    }

    private DeviceCache open(int[] prompt) {
        KvCache cache = pool.open(POLICY, prompt);
        return (DeviceCache) cache;
    }

    private void grow(DeviceCache cache, int tokens) {
        cache.reserve(tokens);
        pool.settle();
        cache.advance(ids(cache.length() + tokens), cache.length(), tokens, Phase.PREFILL);
    }

    private static int[] ids(int count) {
        return IntStream.range(0, count).toArray();
    }

    private static List<Integer> table(DeviceCache cache) {
        int[] pages = IntStream.range(0, cache.pageCount(0))
                .map(i -> cache.page(0, i))
                .toArray();
        return Arrays.stream(pages).boxed().toList();
    }
}
