package dev.paca.model.sampling;

/** Makes tokens seen lately less likely: a window over the last tokens, and how often each is in it. */
final class Penalties {
    private final SamplingOptions options;
    private final int[] counts;
    private final int[] window;
    private int seen;

    /** @param longest tokens that a sequence may have: the window where the options say "all" */
    Penalties(SamplingOptions options, int vocabulary, int longest) {
        this.options = options;
        counts = new int[vocabulary];
        window = new int[options.repeatLastN() < 0 ? longest : Math.min(options.repeatLastN(), longest)];
    }

    void accept(int token) {
        int slot = seen % window.length;
        if (seen >= window.length) {
            counts[window[slot]]--;
        }
        window[slot] = token;
        counts[token]++;
        seen++;
    }

    void apply(float[] logits, int offset) {
        int held = Math.min(seen, window.length);
        for (int i = 0; i < held; i++) {
            int token = window[i];
            int count = counts[token];
            if (count > 0) {
                logits[offset + token] = penalised(logits[offset + token], count);
                counts[token] = -count; // a mark: done, though the window may name it again
            }
        }
        for (int i = 0; i < held; i++) {
            counts[window[i]] = Math.abs(counts[window[i]]);
        }
    }

    private float penalised(float logit, int count) {
        float repeated = logit <= 0 ? logit * options.repeatPenalty() : logit / options.repeatPenalty();
        return repeated - count * options.frequencyPenalty() - options.presencePenalty();
    }
}
