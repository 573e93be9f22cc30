package dev.paca.model.llama;

import dev.paca.kv.PacaException;
import dev.paca.kv.host.KvStep;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.List;

/**
 * Slices laid out as rows, one after the other.
 *
 * @param spans the same for the cache
 * @param count rows in all
 * @param logits the rows whose logits are wanted, ascending
 */
record Batch(List<KvStep.Span> spans, int count, int[] logits) {
    /**
     * Lays out slices.
     *
     * @throws PacaException if one does not fit the vocabulary or the context, or asks for more logits than it has tokens
     */
    static Batch of(List<Slice> slices, int vocabulary, int contextLength) {
        List<KvStep.Span> spans = new ArrayList<>(slices.size());
        int count = 0;
        int wanted = 0;
        for (Slice slice : slices) {
            check(slice, vocabulary, contextLength);
            spans.add(
                    new KvStep.Span(slice.cache(), count, slice.count(), slice.phase(), slice.tokens(), slice.from()));
            count += slice.count();
            wanted += slice.logits();
        }
        int[] logits = new int[wanted];
        int next = 0;
        int end = 0;
        for (Slice slice : slices) {
            end += slice.count();
            for (int row = end - slice.logits(); row < end; row++) {
                logits[next++] = row;
            }
        }
        return new Batch(spans, count, logits);
    }

    private static void check(Slice slice, int vocabulary, int contextLength) {
        int length = slice.cache().length();
        if (slice.count() > contextLength - length) {
            throw new PacaException("The context has " + contextLength + " tokens, found " + length + " in use and "
                    + slice.count() + " more to run. Use a longer context, or a shorter text.");
        }
        if (slice.logits() < 0 || slice.logits() > slice.count()) {
            throw new PacaException("A slice of " + slice.count() + " tokens has as many rows of logits at most, found "
                    + slice.logits() + " asked for.");
        }
        for (int i = slice.from(); i < slice.from() + slice.count(); i++) {
            int token = slice.tokens()[i];
            if (token < 0 || token >= vocabulary) {
                throw new PacaException("Token " + token + " is not in the vocabulary of " + vocabulary
                        + " tokens. Tokenize the text with this model's own tokenizer.");
            }
        }
    }
}
