package dev.paca.bench.task;

import dev.paca.kv.PacaException;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/** Finds the largest sample that still fits. */
final class Fit {
    private Fit() {}

    /**
     * @param tokens tokens that the prompt may have
     * @param most the largest size to try
     * @param make a sample of a size; larger sizes give longer prompts
     */
    static Sample largest(int tokens, int most, ToIntFunction<String> counter, IntFunction<Sample> make) {
        int low = 0;
        int high = most;
        Sample best = make.apply(0);
        int least = counter.applyAsInt(best.prompt(0));
        if (least > tokens) {
            throw new PacaException("The task " + best.task() + " needs at least " + least
                    + " tokens, found a length of " + tokens + ". Choose a longer one.");
        }
        // A guess from the whole size first: token counts are nearly linear in it, so few steps remain.
        while (low < high) {
            int middle = low + (high - low + 1) / 2;
            Sample tried = make.apply(middle);
            int count = counter.applyAsInt(tried.prompt(0));
            if (count <= tokens) {
                best = tried;
                low = middle;
                if (count > tokens - Math.max(16, tokens / 100)) {
                    return best;
                }
            } else {
                high = middle - 1;
            }
        }
        return best;
    }
}
