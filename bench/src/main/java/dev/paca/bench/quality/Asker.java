package dev.paca.bench.quality;

import dev.paca.bench.task.Sample;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.model.Model;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.template.Message;
import java.util.Arrays;
import java.util.List;

/**
 * Puts a sample's question to a model, greedily. The context is prefilled densely; the question is fed token by token as
 * decoding does, so that what is selected is really tested (the protocol of Quest's authors).
 */
final class Asker {
    private static final int CHUNK = 512;

    private final Model model;
    private final Decoder decoder;

    Asker(Model model, Decoder decoder) {
        this.model = model;
        this.decoder = decoder;
    }

    /** A sample's tokens: those of its context, and those from where the question begins. */
    record Split(int[] ids, int question) {}

    Split split(Sample sample) {
        int[] whole = encode(sample.prompt());
        int common = Arrays.mismatch(whole, encode(sample.context()));
        return new Split(whole, Math.max(1, common));
    }

    /** Tokens of a user's text in the model's template. */
    int[] encode(String text) {
        return model.prompts().encode(model.prompts().input(List.of(Message.user(text))));
    }

    /** A cache that has read the context. */
    KvCache read(Split split, KvPolicy policy) {
        KvCache cache = decoder.pool().open(policy);
        for (int from = 0; from < split.question(); from += CHUNK) {
            int count = Math.min(CHUNK, split.question() - from);
            boolean last = from + count == split.question();
            cache.reserve(count);
            decoder.forward(
                    List.of(new Slice(cache, split.ids(), from, count, last ? Phase.PREFILL_END : Phase.PREFILL, 0)));
        }
        return cache;
    }

    /** What the model answers, the question put to a cache that has read the context. */
    String answer(Split split, KvCache cache, int tokens) {
        int[] ids = Arrays.copyOf(split.ids(), split.ids().length + tokens);
        int next = 0;
        int end = split.ids().length;
        for (int i = split.question(); i < ids.length; i++) {
            if (i >= split.ids().length) {
                if (model.tokenizer().endsGeneration(next)) {
                    break;
                }
                ids[i] = next;
                end = i + 1;
            }
            cache.reserve(1);
            next = largest(decoder.forward(List.of(new Slice(cache, ids, i, 1, Phase.DECODE, 1))));
        }
        return model.tokenizer().decode(Arrays.copyOfRange(ids, split.ids().length, end));
    }

    private static int largest(Logits logits) {
        int best = 0;
        for (int i = 1; i < logits.vocabulary(); i++) {
            if (logits.values()[i] > logits.values()[best]) {
                best = i;
            }
        }
        return best;
    }
}
