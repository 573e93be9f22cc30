package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.List;

/** Runs tokens through a decoder: prompts in chunks, sequences side by side token by token. */
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
            cache.reserve(count);
            Phase phase = last && end ? Phase.PREFILL_END : Phase.PREFILL;
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

    /** Runs all sequences to their ends, and measures the time of their tokens. */
    void run() {
        seconds = 0;
        tokens = 0;
        while (true) {
            List<Sequence> running = new ArrayList<>();
            List<Slice> slices = new ArrayList<>();
            boolean measured = true;
            for (Sequence sequence : active) {
                int token = sequence.next();
                if (token >= 0) {
                    sequence.cache().reserve(1);
                    slices.add(new Slice(sequence.cache(), new int[] {token}, 0, 1, Phase.DECODE, 1));
                    running.add(sequence);
                    measured &= !sequence.isMeasuredOtherwise();
                }
            }
            active.clear();
            if (running.isEmpty()) {
                return;
            }
            active.addAll(running);
            long start = System.nanoTime();
            Logits logits = decoder.forward(slices);
            if (measured) {
                seconds += (System.nanoTime() - start) / 1e9;
                tokens += running.size();
            }
            for (int i = 0; i < running.size(); i++) {
                running.get(i).told(logits.values(), logits.offset(i), logits.vocabulary());
            }
        }
    }

    /** Seconds a token of the last {@link #run}, as many at once as there were sequences. */
    double secondsPerToken() {
        return tokens == 0 ? 0 : seconds / tokens;
    }
}
