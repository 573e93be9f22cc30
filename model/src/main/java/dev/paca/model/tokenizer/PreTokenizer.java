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

    /** Where what begins at {@code from} ends: at most {@code to}, and {@code from} where nothing matches. */
    interface Rule {
        int end(String text, int from, int to);
    }

    /** Gives the words of {@code text[from, to)}; nothing outside is looked at. */
    void split(String text, int from, int to, Words words);

    /** Applies a rule, which always matches, from word to word. */
    static PreTokenizer of(Rule rule) {
        return (text, from, to, words) -> {
            for (int start = from; start < to; ) {
                int end = rule.end(text, start, to);
                words.word(start, end);
                start = end;
            }
        };
    }

    /** Cuts out what a rule matches, from left to right, and gives what lies between as words too. */
    static PreTokenizer isolating(Rule rule) {
        return (text, from, to, words) -> {
            int start = from;
            for (int at = from; at < to; ) {
                int end = rule.end(text, at, to);
                if (end == at) {
                    at += Character.charCount(text.codePointAt(at));
                    continue;
                }
                if (start < at) {
                    words.word(start, at);
                }
                words.word(at, end);
                at = end;
                start = end;
            }
            if (start < to) {
                words.word(start, to);
            }
        };
    }

    /** Cuts each word again, by another. */
    default PreTokenizer then(PreTokenizer inner) {
        return (text, from, to, words) -> split(text, from, to, (start, end) -> inner.split(text, start, end, words));
    }
}
