package dev.paca.model.tokenizer;

/**
 * Cuts text into the words that byte pair encoding never merges across. Each model family trained with a regular
 * expression; here each is a scanner by hand, as the JDK's expressions know other character classes by other names
 * ({@code \s}), need flags to know Unicode, and recurse on long words.
 */
interface PreTokenizer {
    /** Takes the words of a text, in order, without gaps. */
    interface Words {
        void word(int from, int to);
    }

    /** Where the word that begins at {@code from} ends: greater than {@code from}, at most {@code to}. */
    interface Rule {
        int end(String text, int from, int to);
    }

    /** Gives the words of {@code text[from, to)}; nothing outside is looked at. */
    void split(String text, int from, int to, Words words);

    /** Applies a rule from word to word. */
    static PreTokenizer of(Rule rule) {
        return (text, from, to, words) -> {
            for (int start = from; start < to; ) {
                int end = rule.end(text, start, to);
                words.word(start, end);
                start = end;
            }
        };
    }
}
