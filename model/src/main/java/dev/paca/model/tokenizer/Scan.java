package dev.paca.model.tokenizer;

/**
 * Runs of characters, as the regular expressions of pre-tokenizers name them: {@code \p{L}}, {@code \p{N}}, {@code \s}
 * and what is none of them. Categories are those of the JDK's Unicode (16.0 in JDK 25): a character that a later or an
 * earlier version classifies otherwise may be cut otherwise than where the model was trained.
 *
 * <p>Every method looks at {@code text[from, to)} only, and returns the index after what it matched, or {@code from}
 * where it matched nothing.
 */
final class Scan {
    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;

    private static final int MARKS = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION;

    private Scan() {}

    static boolean isLetter(int point) {
        return point < 0x80 ? (point | 0x20) >= 'a' && (point | 0x20) <= 'z' : Character.isLetter(point);
    }

    static boolean isNumber(int point) {
        return point < 0x80 ? point >= '0' && point <= '9' : (NUMBERS >> Character.getType(point) & 1) != 0;
    }

    /** Unicode's White_Space: unlike the JDK's notions with U+0085 and U+00A0, without U+001C to U+001F. */
    static boolean isSpace(int point) {
        return point < 0x80
                ? point == ' ' || point >= '\t' && point <= '\r'
                : point == 0x85 || Character.isSpaceChar(point);
    }

    /** {@code [^\s\p{L}\p{N}]} */
    static boolean isOther(int point) {
        return !isLetter(point) && !isNumber(point) && !isSpace(point);
    }

    static boolean isBreak(int point) {
        return point == '\n' || point == '\r';
    }

    /** {@code \p{L}*} */
    static int letters(String text, int from, int to) {
        int i = from;
        while (i < to) {
            int point = text.codePointAt(i);
            if (!isLetter(point)) {
                break;
            }
            i += Character.charCount(point);
        }
        return i;
    }

    /** {@code \p{N}{0,most}} */
    static int numbers(String text, int from, int to, int most) {
        int i = from;
        for (int n = 0; i < to && n < most; n++) {
            int point = text.codePointAt(i);
            if (!isNumber(point)) {
                break;
            }
            i += Character.charCount(point);
        }
        return i;
    }

    /** {@code [^\s\p{L}\p{N}]*} */
    static int others(String text, int from, int to) {
        int i = from;
        while (i < to) {
            int point = text.codePointAt(i);
            if (!isOther(point)) {
                break;
            }
            i += Character.charCount(point);
        }
        return i;
    }

    /** Characters of a set, {@code [set]*}. */
    static int any(String set, String text, int from, int to) {
        int i = from;
        while (i < to && set.indexOf(text.charAt(i)) >= 0) {
            i++;
        }
        return i;
    }

    /** {@code [\p{P}$+<=>^~|]*} */
    static int marks(String text, int from, int to) {
        int i = from;
        while (i < to) {
            int point = text.codePointAt(i);
            if ((MARKS >> Character.getType(point) & 1) == 0 && "$+<=>^~|".indexOf(point) < 0) {
                break;
            }
            i += Character.charCount(point);
        }
        return i;
    }

    /** {@code [0-9][0-9][0-9]} */
    static int threeDigits(String text, int from, int to) {
        int i = from;
        while (i < to && i < from + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
            i++;
        }
        return i == from + 3 ? i : from;
    }

    /**
     * {@code \s+(?!\S)|\s+}: the space before a word stays with the word. With {@code breaks}, {@code \s*[\r\n]+} goes
     * first: up to the last line break of the run.
     */
    static int spaces(String text, int from, int to, boolean breaks) {
        int i = from;
        int afterBreak = from;
        while (i < to && isSpace(text.charAt(i))) {
            afterBreak = isBreak(text.charAt(i++)) ? i : afterBreak;
        }
        if (breaks && afterBreak > from) {
            return afterBreak;
        }
        return i < to && i - from > 1 ? i - 1 : i;
    }
}
