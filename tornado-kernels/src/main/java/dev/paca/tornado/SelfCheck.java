package dev.paca.tornado;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Runs a few tokens of the loaded model on the device and on the CPU, with the kernels that define what is right: a backend
 * that compiles a kernel wrongly is found out before it answers anybody.
 */
final class SelfCheck {
    /** Of the norm of the logits: a few matrices may have been converted to halves, which keep 11 bits. */
    static final double TOLERANCE = 5e-3;

    private static final int TOKENS = 4;
    private static final int CONTEXT = 64;

    private SelfCheck() {}

    /** @throws PacaException if the device computes something else, with the difference */
    static void run(Gguf gguf, TornadoDecoder device, KvPolicy policy) {
        int[] ids = new int[TOKENS];
        Arrays.setAll(ids, i -> (i + 1) * 7919 % device.vocabularySize());
        int context = Math.min(CONTEXT, device.contextLength());
        if (context < TOKENS) {
            return;
        }
        float[] expected;
        long kvBytes = 1L << 30;
        try (ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors());
                CpuDecoder cpu = CpuDecoder.of(
                        gguf, new ScalarKernels("self-check"), workers, new CpuOptions(context, kvBytes))) {
            expected = logits(cpu, policy, ids);
        }
        float[] found = logits(device, policy, ids);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        double relative = Math.sqrt(error / norm);
        if (!(relative <= TOLERANCE)) {
            throw new PacaException(String.format(
                    Locale.ROOT,
                    "%s: the device computes something else than the CPU: logits differ by %.2g of their norm, expected at"
                            + " most %.2g. %s is not to be trusted with this model; use --device cpu.",
                    gguf.name(),
                    relative,
                    TOLERANCE,
                    device.description()));
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
}
