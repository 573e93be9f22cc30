package dev.paca.tornado;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import dev.paca.tornado.kernels.Anchor;
import dev.paca.tornado.kernels.Shortlist;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Runs tokens of the loaded model on the device and on the CPU: a backend that compiles a kernel wrongly is found out before
 * it answers anybody. First a few, against the kernels that define what is right. Then, where the policy selects, a prompt
 * of some pages and tokens that read two of them, whatever the policy's budget is: the kernels that score and choose are
 * the same.
 */
final class SelfCheck {
    /**
     * Of the norm of the logits: a few matrices may have been converted to halves, which keep 11 bits. Where keys and values
     * keep fewer, the device must be nearer to what the CPU stores than half the way from there to storing floats: the last
     * bit of a sum decides how a number is rounded, and a layer's roundings decide the next layer's.
     */
    static final double TOLERANCE = 5e-3;

    /**
     * The same where pages are chosen, if choosing makes little difference: the CPU's fastest kernels round activations.
     * Else the device must be nearer to what the CPU chooses than half the way from there to reading everything: the last
     * bit of a stored number may decide between two pages that score alike, here and there.
     */
    static final double SELECTED_TOLERANCE = 0.05;

    /** Keys and values as they are. */
    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, KvPolicy.DENSE.pageTokens());

    private static final int TOKENS = 4;
    private static final int CONTEXT = 64;
    private static final int PAGES = 5;
    private static final int READ = 2;
    private static final long KV_BYTES = 1L << 30;

    private SelfCheck() {}

    /** @throws PacaException if the device computes something else, with the difference */
    static void run(Gguf gguf, TornadoDecoder device, KvPolicy policy) {
        int context = Math.min(CONTEXT, device.contextLength());
        if (context >= TOKENS) {
            int[] ids = ids(device, TOKENS);
            float[] found = logits(device, device.pool().policy(), ids);
            float[][] expected = new float[2][];
            onCpu(gguf, new ScalarKernels("self-check"), context, cpu -> {
                expected[0] = logits(cpu, policy, ids);
                expected[1] = policy.k().bits() < 16 ? logits(cpu, EXACT, ids) : expected[0];
                return expected[0];
            });
            double tolerance = Math.max(TOLERANCE, difference(expected[1], expected[0]) / 2);
            compare(gguf, device, "logits", found, expected[0], tolerance);
            checkLikeliest(gguf, device, ids);
        }
        checkSelection(gguf, device, policy);
        EvictionCheck.run(gguf, device, policy);
    }

    /** @param policy what the CPU reads like; its budget is made as small as the device's */
    private static void checkSelection(Gguf gguf, TornadoDecoder device, KvPolicy policy) {
        KvPolicy own = device.pool().policy();
        int tokens = tokens(device, own);
        boolean selects = own.selection().method() != Selection.Method.ALL
                && own.selection().dense(device.config().layers())
                        < device.config().layers();
        boolean fits = fits(device, own, tokens);
        if (selects && fits) {
            int[] ids = ids(device, tokens);
            Selection few = few(own, own);
            float[] found = device.selecting(few, () -> selected(device, own, ids, List.of(own))[0]);
            KvPolicy like = policy.with(few(policy, own));
            KvPolicy dense = new KvPolicy(own.k(), own.v(), own.pageTokens());
            float[][] expected = new float[2][];
            onCpu(gguf, KernelLookup.best(), tokens, cpu -> {
                System.arraycopy(selected(cpu, like, ids, List.of(like, dense)), 0, expected, 0, 2);
                return expected[0];
            });
            double tolerance = Math.max(SELECTED_TOLERANCE, difference(expected[1], expected[0]) / 2);
            compare(gguf, device, "with selection " + few + " logits", found, expected[0], tolerance);
        }
    }

    /**
     * Some pages and a token less than one more. Codes of keys take a longer prompt: they come with its anchor, and decide
     * where there are more pages than a list takes. Where that does not fit, they are not checked.
     */
    private static int tokens(TornadoDecoder device, KvPolicy own) {
        int each = own.pageTokens();
        int few = (PAGES + 1) * each - 1;
        int many = (PAGES + 1 + Math.max(Anchor.TOKENS / each, READ + Shortlist.MORE)) * each - 1;
        boolean codes = own.selection().method() == Selection.Method.KEY_CODES;
        return codes && fits(device, own, many) ? many : few;
    }

    private static boolean fits(TornadoDecoder device, KvPolicy own, int tokens) {
        return tokens <= device.contextLength()
                && device.pool().bytes(own, tokens) <= device.pool().usage().limit();
    }

    /** The policy's selection with a budget of two pages of {@code of}, nothing of which is given away. */
    private static Selection few(KvPolicy policy, KvPolicy of) {
        Selection s = policy.selection();
        int sinks = s.method() == Selection.Method.STREAMING ? Math.min(s.sinks(), of.pageTokens()) : 0;
        return new Selection(
                s.method(), Budget.tokens(READ * of.pageTokens()), s.denseLayers(), sinks, 0, s.channels());
    }

    static int[] ids(Decoder device, int count) {
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> (int) ((i + 1) * 7919L % device.vocabularySize()));
        return ids;
    }

    static float[] onCpu(Gguf gguf, Kernels kernels, int context, Function<Decoder, float[]> run) {
        try (ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors());
                CpuDecoder cpu = CpuDecoder.of(gguf, kernels, workers, new CpuOptions(context, KV_BYTES))) {
            return run.apply(cpu);
        }
    }

    static void compare(
            Gguf gguf, TornadoDecoder device, String what, float[] found, float[] expected, double tolerance) {
        double relative = difference(found, expected);
        if (!(relative <= tolerance)) {
            throw new PacaException(String.format(
                    Locale.ROOT,
                    "%s: the device computes something else than the CPU: %s differ by %.2g of their norm, expected at"
                            + " most %.2g. %s is not to be trusted with this model; use --device cpu.",
                    gguf.name(),
                    what,
                    relative,
                    tolerance,
                    device.description()));
        }
    }

    /** The difference's length, as a share of what is expected. */
    static double difference(float[] found, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / norm);
    }

    /** The device's choice of a token must be the first of its own largest logits. */
    private static void checkLikeliest(Gguf gguf, TornadoDecoder device, int[] ids) {
        KvPolicy policy = device.pool().policy();
        try (KvCache cache = device.pool().open(policy)) {
            cache.reserve(1);
            int expected = device.forward(List.of(new Slice(cache, ids, 0, 1, Phase.DECODE, 1)))
                    .likeliest()[0];
            cache.truncate(0);
            cache.reserve(1);
            int found = device.likeliest(List.of(new Slice(cache, ids, 0, 1, Phase.DECODE, 1)))[0];
            if (found != expected) {
                throw new PacaException(gguf.name() + ": the device chooses token " + found + " where " + expected
                        + " has the largest logit. " + device.description()
                        + " is not to be trusted with this model; use --device cpu.");
            }
        }
    }

    /** Logits at the end of a prompt, after one token more, and of one more in a batch with another sequence. */
    private static float[] logits(Decoder decoder, KvPolicy policy, int[] ids) {
        int vocabulary = decoder.vocabularySize();
        float[] all = new float[3 * vocabulary];
        int prompt = ids.length - 2;
        try (KvCache cache = decoder.pool().open(policy);
                KvCache other = decoder.pool().open(policy)) {
            cache.reserve(ids.length);
            other.reserve(1);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, 0, prompt, Phase.PREFILL_END, 1)));
            System.arraycopy(logits.values(), logits.offset(0), all, 0, vocabulary);
            logits = decoder.forward(List.of(new Slice(cache, ids, prompt, 1, Phase.DECODE, 1)));
            System.arraycopy(logits.values(), logits.offset(0), all, vocabulary, vocabulary);
            logits = decoder.forward(List.of(
                    new Slice(other, ids, 0, 1, Phase.DECODE, 0),
                    new Slice(cache, ids, prompt + 1, 1, Phase.DECODE, 1)));
            System.arraycopy(logits.values(), logits.offset(0), all, 2 * vocabulary, vocabulary);
        }
        return all;
    }

    /** For each policy the logits of the last two tokens, which read what it selects of those before. */
    private static float[][] selected(Decoder decoder, KvPolicy policy, int[] ids, List<KvPolicy> then) {
        int vocabulary = decoder.vocabularySize();
        float[][] all = new float[then.size()][2 * vocabulary];
        int prompt = ids.length - 2;
        try (KvCache cache = decoder.pool().open(policy)) {
            cache.reserve(prompt);
            decoder.forward(List.of(new Slice(cache, ids, 0, prompt, Phase.PREFILL_END, 0)));
            for (int p = 0; p < all.length; p++) {
                try (KvCache fork = cache.fork(then.get(p))) {
                    fork.reserve(2);
                    for (int i = 0; i < 2; i++) {
                        Logits logits = decoder.forward(List.of(new Slice(fork, ids, prompt + i, 1, Phase.DECODE, 1)));
                        System.arraycopy(logits.values(), logits.offset(0), all[p], i * vocabulary, vocabulary);
                    }
                }
            }
        }
        return all;
    }
}
