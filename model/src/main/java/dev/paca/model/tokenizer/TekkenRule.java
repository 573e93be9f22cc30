package dev.paca.model.tokenizer;

/**
 * The words of Mistral's Tekken, which also begin at a capital letter:
 * <pre>{@code
 * [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+
 * |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*
 * |\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * }</pre>
 * Marks and letters without case count as upper and as lower.
 */
record TekkenRule() implements PreTokenizer.Rule {
    private static final int UNCASED = 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER
            | 1 << Character.NON_SPACING_MARK
            | 1 << Character.COMBINING_SPACING_MARK
            | 1 << Character.ENCLOSING_MARK;
    private static final int UPPER = UNCASED | 1 << Character.UPPERCASE_LETTER | 1 << Character.TITLECASE_LETTER;
    private static final int LOWER = UNCASED | 1 << Character.LOWERCASE_LETTER;

    @Override
    public int end(String text, int from, int to) {
        int point = text.codePointAt(from);
        int next = from + Character.charCount(point);
        if (Scan.isNumber(point)) {
            return next;
        }
        // The two alternatives in order, each first with the mark before the word, then without.
        boolean mark = !Scan.isLetter(point) && !Scan.isBreak(point);
        int end = mark ? endingLow(text, next, to) : next;
        end = end > next ? end : endingLow(text, from, to);
        if (end > from) {
            return end;
        }
        end = mark ? beginningHigh(text, next, to) : next;
        end = end > next ? end : beginningHigh(text, from, to);
        if (end > from) {
            return end;
        }
        int start = point == ' ' ? next : from;
        int others = Scan.others(text, start, to);
        if (others > start) {
            return Scan.any("\r\n/", text, others, to);
        }
        return Scan.spaces(text, from, to, true);
    }

    /** {@code UPPER*LOWER+}, or {@code from}. */
    private static int endingLow(String text, int from, int to) {
        int uncased = from;
        int i = from;
        while (i < to) {
            int point = text.codePointAt(i);
            if (!is(UPPER, point)) {
                break;
            }
            i += Character.charCount(point);
            uncased = is(UNCASED, point) ? i : uncased;
        }
        int end = run(LOWER, text, i, to);
        // Without a lower letter after the upper ones, the last of those that count as both ends the word.
        return end > i ? end : uncased;
    }

    /** {@code UPPER+LOWER*}, or {@code from}. */
    private static int beginningHigh(String text, int from, int to) {
        int i = run(UPPER, text, from, to);
        return i > from ? run(LOWER, text, i, to) : from;
    }

    private static int run(int types, String text, int from, int to) {
        int i = from;
        while (i < to) {
            int point = text.codePointAt(i);
            if (!is(types, point)) {
                break;
            }
            i += Character.charCount(point);
        }
        return i;
    }

    private static boolean is(int types, int point) {
        return (types >> Character.getType(point) & 1) != 0;
    }
}
