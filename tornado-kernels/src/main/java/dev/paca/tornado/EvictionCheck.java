package dev.paca.tornado;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import java.util.List;

/**
 * The part of {@link SelfCheck} that lets the device evict: of a prompt of five pages two are kept, whatever the policy's
 * budget is, and tokens are made that read them. The kernels that judge and move are the same.
 */
final class EvictionCheck {
    private static final int PAGES = 5;
    private static final int KEPT = 2;
    private static final int TOKENS = 2;

    private EvictionCheck() {}

    /** @throws PacaException if the device keeps something else than the CPU, with the difference */
    static void run(Gguf gguf, TornadoDecoder device, KvPolicy policy) {
        KvPolicy own = device.pool().policy();
        int prompt = PAGES * own.pageTokens() - 1;
        boolean fits = prompt + TOKENS <= device.contextLength()
                && device.pool().bytes(own, prompt + TOKENS)
                        <= device.pool().usage().limit();
        if (own.eviction().isOff() || !fits) {
            return;
        }
        int[] ids = SelfCheck.ids(device, prompt + TOKENS);
        Eviction few = few(own, own.pageTokens());
        float[] found = device.evicting(few, () -> evicted(device, own, ids));
        KvPolicy like = policy.with(few(policy, own.pageTokens()));
        float[][] expected = new float[2][];
        SelfCheck.onCpu(gguf, KernelLookup.best(), prompt + TOKENS, cpu -> {
            expected[0] = evicted(cpu, like, ids);
            expected[1] = evicted(cpu, policy.with(Eviction.NONE), ids);
            return expected[0];
        });
        // as where pages are chosen, the last bit of a key may decide between two tokens that are looked at alike
        double tolerance = Math.max(SelfCheck.SELECTED_TOLERANCE, SelfCheck.difference(expected[1], expected[0]) / 2);
        SelfCheck.compare(gguf, device, "with eviction " + few + " logits", found, expected[0], tolerance);
    }

    /** The policy's eviction with a budget of two pages of five. */
    private static Eviction few(KvPolicy policy, int pageTokens) {
        Eviction e = policy.eviction();
        return new Eviction(
                e.method(),
                // a share, which goes with every selection
                Budget.share((double) KEPT / PAGES),
                Math.min(e.sinks(), pageTokens / 2),
                Math.min(e.window(), pageTokens / 2),
                e.every(),
                e.kernel(),
                e.pool(),
                e.history(),
                e.safeguard());
    }

    /** Logits of the tokens after a prompt. */
    private static float[] evicted(Decoder decoder, KvPolicy policy, int[] ids) {
        int vocabulary = decoder.vocabularySize();
        int prompt = ids.length - TOKENS;
        float[] all = new float[TOKENS * vocabulary];
        try (KvCache cache = decoder.pool().open(policy)) {
            cache.reserve(prompt, Phase.PREFILL_END);
            decoder.forward(List.of(new Slice(cache, ids, 0, prompt, Phase.PREFILL_END, 0)));
            for (int i = 0; i < TOKENS; i++) {
                cache.reserve(1, Phase.DECODE);
                Logits logits = decoder.forward(List.of(new Slice(cache, ids, prompt + i, 1, Phase.DECODE, 1)));
                System.arraycopy(logits.values(), logits.offset(0), all, i * vocabulary, vocabulary);
            }
        }
        return all;
    }
}
