package dev.paca.bench.quality;

import dev.paca.bench.task.Question;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that are put to every policy.
 *
 * @param ids tokens of the whole prompt, or of the whole text
 * @param prefix how many are read first, as a prompt is
 * @param question what is asked; null where the tokens after the prefix are themselves what is to be foretold
 * @param answerTokens tokens that an answer may have
 * @param next tokens from the end of the answer through a second question; empty for none
 * @param nextQuestion the second question
 */
record Script(
        int[] ids,
        int prefix,
        @Nullable Question question,
        int answerTokens,
        int[] next,
        @Nullable Question nextQuestion) {

    /** How many questions follow each other. */
    int turns() {
        return nextQuestion == null ? 1 : 2;
    }

    /** Tokens after the prefix. */
    int[] rest() {
        return Arrays.copyOfRange(ids, prefix, ids.length);
    }

    /**
     * A text, read once as far as scripts have it in common, and what is put to a model about it.
     *
     * @param first number of the first script among all of that seed
     */
    record Text(String task, int length, long seed, int first, List<Script> scripts) {
        /** The number of a script among all of the same seed. */
        int number(int script) {
            return first + script;
        }

        int[] beginning() {
            Script first = scripts.getFirst();
            return Arrays.copyOf(first.ids(), first.prefix());
        }
    }
}
