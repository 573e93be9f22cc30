package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.List;

/** Runs one policy's tokens through a decoder: prompts in chunks, sequences side by side token by token. */
final class Steps {
    private static final int CHUNK = 512;

    private final Decoder decoder;
    private final List<Sequence> active = new ArrayList<>();
    private double seconds;
    private long tokens;

    Steps(Decoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Runs tokens {@code from} to {@code to - 1}, at least one, as a prompt.
     *
     * @param end whether the prompt ends with them
     * @return the logits of the last one
     */
    Logits read(KvCache cache, int[] ids, int from, int to, boolean end) {
        for (int i = from; ; i += CHUNK) {
            int count = Math.min(CHUNK, to - i);
            boolean last = i + count == to;
            Phase phase = last && end ? Phase.PREFILL_END : Phase.PREFILL;
            cache.reserve(count, phase);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, i, count, phase, last ? 1 : 0)));
            if (last) {
                return logits;
            }
        }
    }

    /** Takes a sequence in, also while others run. */
    void add(Sequence sequence) {
        active.add(sequence);
    }

    /**
     * Runs a step or more of these sequences by themselves to measure their time, as far as they have some. The first is not
     * counted: it makes what later ones find.
     */
    void time(int steps) {
        for (int i = 0; i <= steps && !active.isEmpty(); i++) {
            boolean counts = i > 0 && active.stream().noneMatch(Sequence::isMeasuredOtherwise);
            long start = System.nanoTime();
            int ran = step(decoder, List.of(this), true);
            if (counts) {
                seconds += (System.nanoTime() - start) / 1e9;
                tokens += ran;
            }
        }
    }

    /** Runs all sequences of several policies to their ends, in batches that read the weights once for all. */
    static void run(Decoder decoder, List<Steps> all) {
        while (step(decoder, all, false) > 0) {}
    }

    /** Runs a token of each sequence and gives their number. */
    private static int step(Decoder decoder, List<Steps> all, boolean wholly) {
        List<Sequence> running = new ArrayList<>();
        List<Slice> slices = new ArrayList<>();
        for (Steps steps : all) {
            List<Sequence> left = new ArrayList<>();
            for (Sequence sequence : steps.active) {
                int token = sequence.next();
                if (token >= 0) {
                    left.add(sequence);
                    sequence.cache().reserve(1, Phase.DECODE);
                    int logits = wholly || sequence.listens() ? 1 : 0;
                    slices.add(new Slice(sequence.cache(), new int[] {token}, 0, 1, Phase.DECODE, logits));
                }
            }
            steps.active.clear();
            steps.active.addAll(left);
            running.addAll(left);
        }
        if (running.isEmpty()) {
            return 0;
        }
        Logits logits = decoder.forward(slices);
        int row = 0;
        for (int i = 0; i < slices.size(); i++) {
            if (slices.get(i).logits() > 0) {
                running.get(i).told(logits.values(), logits.offset(row++), logits.vocabulary());
            }
        }
        return running.size();
    }

    /** Seconds a token of what {@link #time} has run, as many at once as there were sequences; NaN if it has run nothing. */
    double secondsPerToken() {
        return tokens == 0 ? Double.NaN : seconds / tokens;
    }
}
