package dev.paca.model.tokenizer;

/** English contractions, {@code 's|'t|'re|'ve|'m|'ll|'d}, the first alternative of most pre-tokenizers. */
final class Contractions {
    private static final char LONG_S = '\u017F';

    private Contractions() {}

    /** The index after a contraction at {@code from}, or {@code from}; in lower case only. */
    static int exact(String text, int from, int to) {
        return end(text, from, to, false);
    }

    /** As {@link #exact}, in either case; the long s, ſ, folds to s. */
    static int ignoringCase(String text, int from, int to) {
        return end(text, from, to, true);
    }

    private static int end(String text, int from, int to, boolean fold) {
        if (to - from < 2 || text.charAt(from) != '\'') {
            return from;
        }
        char first = letter(text, from + 1, fold);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return from + 2;
        }
        if (to - from < 3) {
            return from;
        }
        char second = letter(text, from + 2, fold);
        boolean whole = (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l';
        return whole ? from + 3 : from;
    }

    private static char letter(String text, int at, boolean fold) {
        char c = text.charAt(at);
        if (!fold) {
            return c;
        }
        return c == LONG_S ? 's' : c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
    }
}
