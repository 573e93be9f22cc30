package dev.paca.kv.host;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.evict.Evidence;
import dev.paca.kv.evict.Layers;
import dev.paca.kv.evict.Schedule;
import dev.paca.kv.evict.Survivors;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.page.Compaction;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.Spares;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which of a sequence's tokens are evicted, and what is remembered for it. Eviction falls between steps. */
final class Evictor {
    private final Eviction eviction;
    private final KvShape shape;
    private final Survivors survivors;
    /** One for each table; none if the method needs none. */
    private final Evidence[] evidence;

    private final LastQueries last;
    /** First tokens, of an instruction say, that are kept beside the sinks. */
    private int protectedTokens;
    /** The shortest length that the sequence could be cut to, were it cut at all. */
    private int floor;

    private Evictor(Eviction eviction, KvShape shape) {
        this.eviction = eviction;
        this.shape = shape;
        this.survivors = new Survivors(eviction);
        boolean judges = Evidence.of(eviction) != null;
        this.evidence = new Evidence[judges ? shape.layers() * shape.kvHeads() : 0];
        Arrays.setAll(evidence, i -> Objects.requireNonNull(Evidence.of(eviction)));
        this.last = new LastQueries(shape.layers(), promptQueries(eviction), shape.queryDim());
    }

    /** The evictor of a policy; null if that keeps everything. */
    static @Nullable Evictor of(KvPolicy policy, KvShape shape) {
        return policy.eviction().isOff() ? null : new Evictor(policy.eviction(), shape);
    }

    /** How many of a prompt's last tokens it is judged by; 0 if it is judged by all, or not by tokens. */
    private static int promptQueries(Eviction eviction) {
        return switch (eviction.method()) {
            case NONE, STREAMING_LLM, H2O -> 0;
            case SNAPKV, PYRAMIDKV -> eviction.window();
            case SCISSORHANDS -> eviction.history();
            case TOVA -> 1;
        };
    }

    Eviction eviction() {
        return eviction;
    }

    /** Keeps the first tokens from now on. */
    void protect(int tokens) {
        protectedTokens = tokens;
    }

    /** First tokens that are kept in any case. */
    int protectedTokens() {
        return schedule().protectedTokens();
    }

    /** The queries at the end of the prompt that is being read. */
    LastQueries last() {
        return last;
    }

    Evidence evidence(int layer, int kvHead) {
        return evidence[layer * shape.kvHeads() + kvHead];
    }

    /** Whether the attention of a step is looked at while it is computed. */
    boolean watches(HostCache cache, Phase phase, int tokens) {
        return switch (eviction.method()) {
            case H2O -> true;
            case SCISSORHANDS -> phase == Phase.DECODE;
            case TOVA -> phase == Phase.DECODE && evicts(cache, phase, tokens);
            default -> false;
        };
    }

    /** Whether the end of a prompt is looked at once more when it is known to be the end. */
    boolean judges(boolean evicts) {
        return last.count() > 0 && (evicts || eviction.method() == Eviction.Method.SCISSORHANDS);
    }

    /** Whether a step of so many tokens ends with an eviction. */
    boolean evicts(HostCache cache, Phase phase, int tokens) {
        return schedule().evicts(held(cache), cache.length(), phase, tokens);
    }

    /** Most tokens that a step may run, so that the next eviction is at its end. */
    int stepTokens(HostCache cache, Phase phase) {
        return schedule().stepTokens(held(cache), cache.length(), phase);
    }

    private Schedule schedule() {
        return new Schedule(eviction, protectedTokens);
    }

    /** Slots of a KV head, on the mean. */
    private static long held(HostCache cache) {
        long sum = 0;
        for (PageTable table : cache.tables()) {
            sum += table.tokens();
        }
        return sum / cache.tables().length;
    }

    /** Keeps what is to be kept and gives the other pages back. Spares have been taken. */
    void evict(HostCache cache) {
        Spares spares = cache.spares();
        int kept = schedule().kept(cache.length());
        int[] budgets = Layers.budgets(eviction, shape.layers(), kept, Math.toIntExact(held(cache)));
        int heads = shape.kvHeads();
        for (int layer = 0; layer < shape.layers(); layer++) {
            int[] held = new int[heads];
            int[] sinks = new int[heads];
            for (int head = 0; head < heads; head++) {
                PageTable table = cache.table(layer, head);
                held[head] = table.tokens();
                while (sinks[head] < held[head] && table.position(sinks[head]) < protectedTokens()) {
                    sinks[head]++;
                }
            }
            int[][] survivors = this.survivors.choose(budgets[layer], held, sinks, scores(layer, held));
            for (int head = 0; head < heads; head++) {
                PageTable table = cache.table(layer, head);
                int[] slots = survivors[head];
                Sealer.sealFrom(table, Compaction.keep(table, slots, spares));
                if (evidence.length > 0) {
                    evidence(layer, head).keep(slots, slots.length);
                }
            }
        }
        spares.release();
        floor = cache.length();
    }

    private float @Nullable [][] scores(int layer, int[] held) {
        if (evidence.length == 0) {
            return null;
        }
        float[][] scores = new float[held.length][];
        for (int head = 0; head < held.length; head++) {
            scores[head] = evidence(layer, head).scores(held[head]);
        }
        return eviction.method() == Eviction.Method.TOVA ? shared(scores) : scores;
    }

    /** Every head gets the sum of all: as long as one evicts, all hold the same tokens. */
    private static float[][] shared(float[][] scores) {
        float[] sum = new float[scores[0].length];
        for (float[] each : scores) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += each[i];
            }
        }
        for (int head = 0; head < scores.length; head++) {
            scores[head] = sum.clone();
        }
        return scores;
    }

    /** A prompt has ended: the next one is judged by its own end. */
    void promptEnded(HostCache cache) {
        last.clear();
        if (eviction.method().judgesPrompt() || eviction.method() == Eviction.Method.TOVA) {
            floor = cache.length();
            for (Evidence each : evidence) {
                each.clear();
            }
        }
    }

    /**
     * Whether a sequence could be cut to {@code length} and go on as if it had never been longer: not to before its last
     * eviction, and not where what tokens have looked at is remembered.
     */
    boolean canTruncate(int length) {
        boolean remembers = eviction.method() == Eviction.Method.H2O
                || eviction.method() == Eviction.Method.SCISSORHANDS
                || last.count() > 0;
        return length == 0 || (!remembers && length >= floor);
    }

    /** The sequence has been cut. */
    void truncated(int length) {
        if (length == 0) {
            floor = 0;
            last.clear();
            for (Evidence each : evidence) {
                each.clear();
            }
        }
    }

    /** Begins with a sequence that was run elsewhere. */
    void become(int length, int firstTokens) {
        floor = length;
        protectedTokens = firstTokens;
    }

    /** Begins where another stands, as far as their methods remember the same. */
    void copy(Evictor other) {
        floor = other.floor;
        protectedTokens = other.protectedTokens;
        if (remembersAs(other.eviction)) {
            last.take(other.last);
            for (int i = 0; i < evidence.length; i++) {
                evidence[i] = other.evidence[i].copy();
            }
        }
    }

    /** Whether what is remembered for another eviction says the same here: how many tokens are kept is no part of it. */
    private boolean remembersAs(Eviction other) {
        return eviction.method() == other.method()
                && eviction.kernel() == other.kernel()
                && eviction.pool() == other.pool()
                && eviction.history() == other.history()
                && (!eviction.method().judgesPrompt() || eviction.window() == other.window());
    }

    void save(DataOutputStream out) throws IOException {
        out.writeInt(protectedTokens);
        for (Evidence each : evidence) {
            each.save(out);
        }
        last.save(out);
    }

    void restore(int length, DataInputStream in) throws IOException {
        floor = length;
        protectedTokens = Math.clamp(in.readInt(), 0, length);
        for (Evidence each : evidence) {
            each.restore(in);
        }
        last.restore(in);
    }

    long bytes() {
        long sum = last.bytes();
        for (Evidence each : evidence) {
            sum += each.bytes();
        }
        return sum;
    }
}
