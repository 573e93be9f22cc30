package dev.paca.model.sampling;

import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Logits;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tokens of one generation from logits, in llama.cpp's order: constraint and penalties, top-k, top-p, min-p,
 * temperature, draw. Equal options with an equal seed give equal tokens. Nothing is allocated for a token once the largest
 * number of candidates has been seen. Used by one thread at a time.
 */
public final class Sampler {
    /** Candidates that are looked at first where top-k leaves all of a large vocabulary. */
    private static final int FIRST_CANDIDATES = 256;

    private final SamplingOptions options;
    private final int vocabulary;
    private final long seed;
    private final @Nullable Penalties penalties;
    private final @Nullable TokenConstraint constraint;
    private final Candidates candidates = new Candidates();
    private double[] weights = new double[64];
    private long state;

    /**
     * @param vocabulary entries of a row of logits
     * @param longest tokens that the sequence may have: what penalties look at when they look at all
     * @param constraint what may come next, or null for anything
     */
    public Sampler(SamplingOptions options, int vocabulary, int longest, @Nullable TokenConstraint constraint) {
        this.options = options;
        this.vocabulary = vocabulary;
        this.constraint = constraint;
        penalties = options.penalises() ? new Penalties(options, vocabulary, longest) : null;
        seed = options.seed() == -1 ? ThreadLocalRandom.current().nextInt() & 0xffffffffL : options.seed();
        state = seed;
    }

    /** The seed in use: with it in the options, the same tokens come again. */
    public long seed() {
        return seed;
    }

    /** Shows the penalties tokens that were not sampled: the prompt's. */
    public void observe(int[] tokens, int from, int to) {
        if (penalties != null) {
            for (int i = from; i < to; i++) {
                penalties.accept(tokens[i]);
            }
        }
    }

    /**
     * Chooses a token from the row of logits at {@code offset}, which it may change, and takes note of it.
     *
     * @throws PacaException if no logit is a number above negative infinity
     */
    public int sample(float[] logits, int offset) {
        if (constraint != null) {
            constraint.mask(logits, offset, vocabulary);
        }
        if (penalties != null) {
            penalties.apply(logits, offset);
        }
        int token = options.greedy() ? likeliest(logits, offset) : draw(logits, offset);
        if (penalties != null) {
            penalties.accept(token);
        }
        if (constraint != null) {
            constraint.accept(token);
        }
        return token;
    }

    /** Whether it takes the likeliest token whatever came before, so that it need not see the other logits. */
    public boolean needsOnlyLikeliest() {
        return options.greedy() && constraint == null && penalties == null;
    }

    /**
     * Chooses the likeliest token, as somebody else has found it.
     *
     * @param token -1 where no logit is a number above negative infinity
     * @throws PacaException if there is none
     */
    public int sample(int token) {
        if (token < 0) {
            throw none("none of " + vocabulary + " logits is a number above negative infinity");
        }
        return token;
    }

    private int likeliest(float[] logits, int offset) {
        int best = Logits.likeliest(logits, offset, vocabulary);
        return best >= 0 ? best : none(logits, offset);
    }

    private int draw(float[] logits, int offset) {
        int kept = keep(logits, offset);
        if (kept == 0) {
            return none(logits, offset);
        }
        if (weights.length < kept) {
            weights = new double[Math.max(kept, 2 * weights.length)];
        }
        float max = candidates.logit(0);
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += Math.exp((candidates.logit(i) - max) / options.temperature());
            weights[i] = total;
        }
        double point = uniform() * total;
        int i = 0;
        while (i < kept - 1 && weights[i] <= point) {
            i++;
        }
        return candidates.id(i);
    }

    /** How many of the first candidates top-k, top-p and min-p leave. Each leaves a beginning, so the shortest counts. */
    private int keep(float[] logits, int offset) {
        int k = options.topK() <= 0 ? vocabulary : Math.min(options.topK(), vocabulary);
        boolean cuts = options.topP() < 1 || options.minP() > 0;
        int tried = k == vocabulary && cuts ? Math.min(k, FIRST_CANDIDATES) : k;
        double mass = Double.NaN;
        while (true) {
            candidates.select(logits, offset, vocabulary, tried);
            int size = candidates.size();
            if (size == 0) {
                return 0;
            }
            if (Double.isNaN(mass) && options.topP() < 1) {
                mass = tried == k ? mass(size) : mass(logits, offset, candidates.logit(0));
            }
            int kept = Math.min(topP(size, mass), minP(size));
            if (kept < size || size < tried || tried == k) {
                return kept;
            }
            tried = (int) Math.min(k, 8L * tried);
        }
    }

    private double mass(int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += Math.exp(candidates.logit(i) - candidates.logit(0));
        }
        return sum;
    }

    private double mass(float[] logits, int offset, float max) {
        double sum = 0;
        for (int i = offset; i < offset + vocabulary; i++) {
            float below = logits[i] - max;
            // What is e^-40 of the likeliest adds nothing that a float's sum would show.
            sum += below > -40 ? Math.exp(below) : 0;
        }
        return sum;
    }

    private int topP(int size, double mass) {
        if (options.topP() >= 1) {
            return size;
        }
        double wanted = options.topP() * mass;
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += Math.exp(candidates.logit(i) - candidates.logit(0));
            if (sum >= wanted) {
                return i + 1;
            }
        }
        return size;
    }

    private int minP(int size) {
        if (options.minP() <= 0) {
            return size;
        }
        float least = candidates.logit(0) + (float) Math.log(options.minP());
        int kept = 1;
        while (kept < size && candidates.logit(kept) >= least) {
            kept++;
        }
        return kept;
    }

    /** SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every JDK. In [0, 1). */
    private double uniform() {
        state += 0x9e3779b97f4a7c15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
    }

    private int none(float[] logits, int offset) {
        int nan = 0;
        for (int i = 0; i < vocabulary; i++) {
            nan += Float.isNaN(logits[offset + i]) ? 1 : 0;
        }
        if (constraint != null && nan == 0) {
            throw new PacaException("No token can come next: of " + vocabulary + " logits none is above negative"
                    + " infinity. The grammar allows no token here; give another one.");
        }
        throw none("of " + vocabulary + " logits " + nan + " are NaN and none is above negative infinity");
    }

    private static PacaException none(String found) {
        return new PacaException("No token can come next: " + found
                + ". The model's weights are damaged, or its type or kernels do not suit it.");
    }
}
