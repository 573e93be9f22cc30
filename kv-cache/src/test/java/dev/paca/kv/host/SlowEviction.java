package dev.paca.kv.host;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The eviction methods once more, as plainly as they can be written: token by token, in double precision, with a list of
 * positions for each head. What survives here must survive in the cache.
 */
final class SlowEviction {
    private final Eviction eviction;
    private final Sequence sequence;
    private final KvShape shape;
    /** Positions held, for each layer and KV head. */
    final List<List<List<Integer>>> held = new ArrayList<>();
    /** H2O's sums by position, for each layer and KV head. */
    private final double[][][] mass;
    /** The last tokens' weights by position, for each layer and KV head. */
    private final List<List<Deque<double[]>>> rows = new ArrayList<>();

    private int length;

    SlowEviction(Eviction eviction, Sequence sequence) {
        this.eviction = eviction;
        this.sequence = sequence;
        this.shape = sequence.shape;
        this.mass = new double[shape.layers()][shape.kvHeads()][sequence.tokens];
        for (int layer = 0; layer < shape.layers(); layer++) {
            held.add(new ArrayList<>());
            rows.add(new ArrayList<>());
            for (int head = 0; head < shape.kvHeads(); head++) {
                held.get(layer).add(new ArrayList<>());
                rows.get(layer).add(new ArrayDeque<>());
            }
        }
    }

    void prompt(int to) {
        List<List<Deque<double[]>>> before = new ArrayList<>();
        if (eviction.method() == Eviction.Method.SCISSORHANDS) {
            rows.forEach(layer -> before.add(layer.stream()
                    .map(r -> (Deque<double[]>) new ArrayDeque<>(r))
                    .toList()));
        }
        rows.forEach(layer -> layer.forEach(Deque::clear));
        while (length < to) {
            run();
        }
        for (int layer = 0; layer < before.size(); layer++) {
            for (int head = 0; head < shape.kvHeads(); head++) {
                Deque<double[]> all = rows.get(layer).get(head);
                before.get(layer).get(head).descendingIterator().forEachRemaining(all::addFirst);
                trim(all, eviction.history());
            }
        }
        if (mean() > eviction.kept(length)) {
            evict();
        }
    }

    /** One token, run as decoding does. */
    void decode() {
        run();
        boolean evicts = eviction.method().evictsInDecode();
        if (evicts && mean() >= eviction.kept(length) + eviction.every()) {
            evict();
        }
    }

    private static void trim(Deque<double[]> queue, int most) {
        while (queue.size() > most) {
            queue.removeFirst();
        }
    }

    private int mean() {
        int sum = 0;
        for (List<List<Integer>> layer : held) {
            for (List<Integer> head : layer) {
                sum += head.size();
            }
        }
        return sum / (shape.layers() * shape.kvHeads());
    }

    private void run() {
        int most = switch (eviction.method()) {
            case SNAPKV, PYRAMIDKV -> eviction.window();
            case SCISSORHANDS -> eviction.history();
            default -> 1;
        };
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (int head = 0; head < shape.kvHeads(); head++) {
                held.get(layer).get(head).add(length);
                double[] weights = weights(layer, head);
                for (int p = 0; p < weights.length; p++) {
                    mass[layer][head][p] += weights[p];
                }
                rows.get(layer).get(head).addLast(weights);
                trim(rows.get(layer).get(head), most);
            }
        }
        length++;
    }

    /** What the newest token gives to each position, the mean over the heads of the group. */
    private double[] weights(int layer, int head) {
        double[] mean = new double[sequence.tokens];
        int dims = shape.headDim();
        for (int g = 0; g < shape.group(); g++) {
            int q = length * shape.queryDim() + (head * shape.group() + g) * dims;
            double[] exp = new double[sequence.tokens];
            double sum = 0;
            for (int p : held.get(layer).get(head)) {
                double product = 0;
                for (int d = 0; d < dims; d++) {
                    product +=
                            (double) sequence.q[layer][q + d] * sequence.k[layer][p * shape.kvDim() + head * dims + d];
                }
                exp[p] = Math.exp(product / Math.sqrt(dims));
                sum += exp[p];
            }
            for (int p : held.get(layer).get(head)) {
                mean[p] += exp[p] / sum / shape.group();
            }
        }
        return mean;
    }

    private void evict() {
        int mean = mean();
        for (int layer = 0; layer < shape.layers(); layer++) {
            int budget = budget(layer, eviction.kept(length), mean);
            List<double[]> scores = new ArrayList<>();
            for (int head = 0; head < shape.kvHeads(); head++) {
                scores.add(scores(layer, head));
            }
            if (eviction.method() == Eviction.Method.TOVA) {
                double[] sum = new double[sequence.tokens];
                scores.forEach(s -> Arrays.setAll(sum, p -> sum[p] + s[p]));
                scores.replaceAll(s -> sum);
            }
            keep(held.get(layer), scores, budget);
        }
    }

    private int budget(int layer, int kept, int mean) {
        int always = eviction.sinks() + eviction.window();
        if (eviction.method() != Eviction.Method.PYRAMIDKV || kept == always) {
            return kept;
        }
        double least = (kept - always) / 20.0;
        double most = 2 * (kept - always) - least;
        if (most > mean - always) {
            most = mean - always;
            least = 2 * (kept - always) - most;
        }
        return always + (int) Math.floor(most - layer * (most - least) / (shape.layers() - 1) + 1e-9);
    }

    /** By position. */
    private double[] scores(int layer, int head) {
        List<Integer> positions = held.get(layer).get(head);
        double[] scores = new double[sequence.tokens];
        Deque<double[]> last = rows.get(layer).get(head);
        switch (eviction.method()) {
            case H2O -> scores = mass[layer][head].clone();
            case TOVA -> scores = last.getLast().clone();
            case SCISSORHANDS -> {
                for (double[] row : last) {
                    // What it saw when it ran, whether that is still held or not.
                    long seen = Arrays.stream(row).filter(w -> w > 0).count();
                    for (int p : positions) {
                        scores[p] += row[p] * seen >= 1 ? 1 : 0;
                    }
                }
                for (int p : positions) {
                    scores[p] += last.getLast()[p] / 2;
                }
            }
            case SNAPKV, PYRAMIDKV -> {
                double[] votes = new double[positions.size()];
                for (int i = 0; i < votes.length; i++) {
                    for (double[] row : last) {
                        votes[i] += row[positions.get(i)];
                    }
                }
                int judged = votes.length - eviction.window();
                for (int i = 0; i < judged; i++) {
                    double score = 0;
                    for (int j = i - eviction.kernel() / 2; j <= i + eviction.kernel() / 2; j++) {
                        double vote = j < 0 || j >= judged ? 0 : votes[j];
                        score = eviction.pool() == Eviction.Pool.AVG ? score + vote : Math.max(score, vote);
                    }
                    scores[positions.get(i)] = score;
                }
            }
            default -> {}
        }
        return scores;
    }

    private void keep(List<List<Integer>> heads, List<double[]> scores, int budget) {
        int together = budget * heads.size();
        List<int[]> rest = new ArrayList<>();
        List<List<Integer>> kept = new ArrayList<>();
        for (int head = 0; head < heads.size(); head++) {
            List<Integer> positions = heads.get(head);
            double[] score = scores.get(head);
            int window = eviction.method() == Eviction.Method.STREAMING_LLM
                    ? budget - eviction.sinks()
                    : Math.max(1, eviction.window());
            List<Integer> always = new ArrayList<>();
            List<Integer> others = new ArrayList<>();
            for (int i = 0; i < positions.size(); i++) {
                boolean protectedOne = positions.get(i) < eviction.sinks() || i >= positions.size() - window;
                (protectedOne ? always : others).add(positions.get(i));
            }
            others.sort(Comparator.comparingDouble((Integer p) -> -score[p]).thenComparingInt(p -> p));
            int share = eviction.safeguard() == 1
                    ? budget
                    : always.size() + (int) (eviction.safeguard() * Math.max(0, budget - always.size()));
            int own = Math.clamp(share - always.size(), 0, others.size());
            always.addAll(others.subList(0, own));
            kept.add(always);
            int h = head;
            others.subList(own, others.size()).forEach(p -> rest.add(new int[] {h, p}));
        }
        if (eviction.safeguard() < 1) {
            rest.sort(Comparator.comparingDouble((int[] r) -> -scores.get(r[0])[r[1]]));
            int more = together - kept.stream().mapToInt(List::size).sum();
            rest.subList(0, Math.clamp(more, 0, rest.size()))
                    .forEach(r -> kept.get(r[0]).add(r[1]));
        }
        for (int head = 0; head < heads.size(); head++) {
            kept.get(head).sort(Comparator.naturalOrder());
            heads.set(head, kept.get(head));
        }
    }

    /** The positions that a table holds. */
    static List<Integer> positions(dev.paca.kv.page.PageTable table) {
        return IntStream.range(0, table.tokens()).map(table::position).boxed().toList();
    }
}
