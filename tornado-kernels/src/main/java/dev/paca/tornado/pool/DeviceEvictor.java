package dev.paca.tornado.pool;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.evict.Evidence;
import dev.paca.kv.evict.Given;
import dev.paca.kv.evict.Layers;
import dev.paca.kv.evict.Schedule;
import dev.paca.kv.evict.Survivors;
import dev.paca.kv.host.Contents;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which of a sequence's tokens are evicted, chosen as the CPU does; the device computes the attention that they are judged
 * by, and moves those that survive. What a prompt's end looks at is computed when it has ended, from its last tokens, so
 * nothing is remembered until then.
 */
final class DeviceEvictor {
    private final Eviction eviction;
    private final KvShape shape;
    private final Survivors survivors;
    /** For each layer and KV head, positions of the first slots: those that survived the last eviction. */
    private final int[][] positions;
    /** Tokens that there were then: the position of the slot after the survivors. */
    private int evictedAt;

    private int firstTokens;
    /** The shortest length that the sequence could be cut to. */
    private int floor;
    /** Tokens of the prompt that is being read. */
    private int promptTokens;

    private DeviceEvictor(Eviction eviction, KvShape shape) {
        this.eviction = eviction;
        this.shape = shape;
        this.survivors = new Survivors(eviction);
        this.positions = new int[shape.layers() * shape.kvHeads()][0];
    }

    /** What evicts like that; null if everything is kept. */
    static @Nullable DeviceEvictor of(Eviction eviction, KvShape shape) {
        return eviction.isOff() ? null : new DeviceEvictor(eviction, shape);
    }

    private Schedule schedule() {
        return new Schedule(eviction, firstTokens);
    }

    /** Slots of a KV head, on the mean. */
    private long held(DeviceCache cache) {
        long sum = 0;
        for (int layer = 0; layer < shape.layers(); layer++) {
            sum += cache.slots(layer);
        }
        return sum / shape.layers();
    }

    /** Whether a step of so many tokens ends with an eviction. */
    boolean evicts(DeviceCache cache, Phase phase, int tokens) {
        return schedule().evicts(held(cache), cache.length(), phase, tokens);
    }

    /** Slots that an eviction after so many tokens more leaves of a KV head of each layer, at most. */
    int[] kept(DeviceCache cache, int more) {
        int[] budgets = budgets(cache, more);
        int always = schedule().protectedTokens() + Math.max(1, eviction.window());
        return Arrays.stream(budgets).map(budget -> Math.max(budget, always)).toArray();
    }

    private int[] budgets(DeviceCache cache, int more) {
        int kept = schedule().kept(cache.length() + more);
        return Layers.budgets(eviction, shape.layers(), kept, Math.toIntExact(held(cache) + more));
    }

    /** Most tokens that a step may run, so that the next eviction is at its end. */
    int stepTokens(DeviceCache cache, Phase phase) {
        return schedule().stepTokens(held(cache), cache.length(), phase);
    }

    /** Keeps the first tokens from now on. */
    void protect(int tokens) {
        firstTokens = tokens;
    }

    /** So many tokens have become part of the sequence. */
    void ran(int tokens, Phase phase) {
        promptTokens = phase == Phase.DECODE ? 0 : promptTokens + tokens;
    }

    /** Keeps what is to be kept and gives the other pages back. */
    void evict(DeviceCache cache) {
        int[] budgets = budgets(cache, 0);
        int heads = shape.kvHeads();
        Given[] given = eviction.method().judgesPrompt()
                ? cache.pool().device().judge(cache, Math.min(eviction.window(), promptTokens))
                : new Given[0];
        int[][] slots = new int[positions.length][];
        for (int layer = 0; layer < shape.layers(); layer++) {
            int[][] chosen = choose(cache, layer, budgets[layer], given);
            System.arraycopy(chosen, 0, slots, layer * heads, heads);
        }
        move(cache, slots);
        evictedAt = cache.length();
        floor = cache.length();
    }

    private int[][] choose(DeviceCache cache, int layer, int budget, Given[] given) {
        int heads = shape.kvHeads();
        int[] held = new int[heads];
        Arrays.fill(held, cache.slots(layer));
        int[] sinks = new int[heads];
        int most = 0;
        float[][] scores = given.length == 0 ? null : new float[heads][];
        for (int head = 0; head < heads; head++) {
            int table = layer * heads + head;
            while (sinks[head] < held[head]
                    && position(table, sinks[head]) < schedule().protectedTokens()) {
                sinks[head]++;
            }
            most = Math.max(most, sinks[head]);
            Evidence evidence = Evidence.of(eviction);
            if (scores != null && evidence != null) {
                evidence.take(given[table]);
                scores[head] = evidence.scores(held[head]);
            }
        }
        // all heads keep as many, also where one of them has more of the protected tokens left than others
        return survivors.choose(Math.max(budget, most + Math.max(1, eviction.window())), held, sinks, scores);
    }

    /** The position of the token in a slot. */
    int position(int table, int slot) {
        int[] first = positions[table];
        return slot < first.length ? first[slot] : evictedAt + slot - first.length;
    }

    private void move(DeviceCache cache, int[][] slots) {
        int heads = shape.kvHeads();
        int each = cache.policy().pageTokens();
        int lanes = cache.lanes();
        int perLane = slots.length / lanes;
        int[][] places = new int[slots.length][];
        int[][] pages = new int[lanes][];
        boolean moves = false;
        for (int lane = 0; lane < lanes; lane++) {
            int same = Integer.MAX_VALUE;
            for (int i = lane * perLane; i < (lane + 1) * perLane; i++) {
                same = Math.min(same, same(slots[i]));
            }
            int first = same / each * each;
            LaneTable table = cache.table(lane);
            for (int i = lane * perLane; i < (lane + 1) * perLane; i++) {
                places[i] = Arrays.stream(slots[i], first, slots[i].length)
                        .map(slot -> table.page(slot / each) * each + slot % each)
                        .toArray();
            }
            pages[lane] = table.keep(slots[lane * perLane].length, same);
            moves |= pages[lane].length > 0;
        }
        if (moves) {
            cache.pool().device().move(places, pages);
        }
        for (int i = 0; i < slots.length; i++) {
            int table = i;
            positions[i] =
                    Arrays.stream(slots[i]).map(slot -> position(table, slot)).toArray();
        }
    }

    /** How many of the first slots stay where they are. */
    private static int same(int[] kept) {
        int same = 0;
        while (same < kept.length && kept[same] == same) {
            same++;
        }
        return same;
    }

    /** A prompt has ended: the next one is judged by its own end. */
    void promptEnded(DeviceCache cache) {
        promptTokens = 0;
        if (eviction.method().judgesPrompt()) {
            floor = cache.length();
        }
    }

    /** Whether a sequence could be cut to a shorter length: not to before its last eviction, nor within a prompt. */
    boolean canTruncate(int length) {
        return length == 0 || (!isReading() && length >= floor);
    }

    /** The sequence has been cut. */
    void truncated(int length) {
        if (length == 0) {
            floor = 0;
            promptTokens = 0;
            evictedAt = 0;
            Arrays.fill(positions, new int[0]);
        }
    }

    /** Begins where another stands. */
    void copy(DeviceEvictor other) {
        floor = other.floor;
        firstTokens = other.firstTokens;
        promptTokens = other.promptTokens;
        evictedAt = other.evictedAt;
        System.arraycopy(other.positions, 0, positions, 0, positions.length);
    }

    /** Whether it is in the middle of a prompt, at whose end it judges. */
    boolean isReading() {
        return eviction.method().judgesPrompt() && promptTokens > 0;
    }

    /** What there is of a sequence beside keys and values. */
    Contents contents(DeviceCache cache) {
        int[][] all = new int[positions.length][];
        for (int i = 0; i < all.length; i++) {
            int table = i;
            all[i] = IntStream.range(0, cache.slots(i / shape.kvHeads()))
                    .map(slot -> position(table, slot))
                    .toArray();
        }
        return new Contents(cache.ids(), all, schedule().protectedTokens());
    }

    /** Begins with a sequence that was run elsewhere. */
    void become(Contents contents) {
        int[][] all = contents.positions();
        int lanes = eviction.method() == Eviction.Method.PYRAMIDKV ? shape.layers() : 1;
        for (int i = 0; i < all.length; i++) {
            int first = i / (all.length / lanes) * (all.length / lanes);
            if (all[i].length != all[first].length) {
                throw new PacaException(
                        "A device's page holds all heads of a layer, but of the saved KV cache they hold "
                                + all[first].length + " and " + all[i].length
                                + " tokens. Restore it with --device cpu, or run the prompt again.");
            }
            positions[i] = all[i].clone();
        }
        firstTokens = contents.protectedTokens();
        evictedAt = contents.ids().length;
        floor = contents.ids().length;
    }

    /** Bytes of positions. */
    long bytes() {
        return 4L * Arrays.stream(positions).mapToInt(list -> list.length).sum();
    }
}
