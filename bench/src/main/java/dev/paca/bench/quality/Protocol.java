package dev.paca.bench.quality;

import dev.paca.model.Model;
import java.util.function.IntPredicate;

/**
 * How questions are put.
 *
 * @param model answers
 * @param readsQuestions whether they are read with the text, or token by token as decoding does
 * @param probed how many tokens' attention is looked at, for the first script of a text
 */
record Protocol(Model model, boolean readsQuestions, int probed) {
    /** Whether a token ends an answer. */
    IntPredicate ends() {
        return model.tokenizer()::endsGeneration;
    }

    String text(int[] answer) {
        return model.tokenizer().decode(answer);
    }
}
