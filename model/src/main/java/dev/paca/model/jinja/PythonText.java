package dev.paca.model.jinja;

import java.util.Locale;

/** What Python does with characters, where Java does otherwise. */
final class PythonText {
    private PythonText() {}

    /** {@code str.isspace} of one character. */
    static boolean isSpace(int c) {
        return (c >= 0x1c && c <= 0x20) || (c >= 9 && c <= 13) || c == 0x85 || (c > 0x7f && (Character.isSpaceChar(c)));
    }

    static String strip(String text) {
        return stripLeft(stripRight(text));
    }

    static String stripLeft(String text) {
        int i = 0;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        return text.substring(i);
    }

    static String stripRight(String text) {
        int i = text.length();
        while (i > 0 && isSpace(text.charAt(i - 1))) {
            i--;
        }
        return text.substring(0, i);
    }

    /** {@code str.strip} and its kin with the characters to take away. */
    static String strip(String text, String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && characters.indexOf(text.codePointAt(from)) >= 0) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && characters.indexOf(text.codePointBefore(to)) >= 0) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    /** Length in code points. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Text between two indexes that count code points. */
    static String between(String text, int from, int to) {
        int start = text.offsetByCodePoints(0, from);
        return text.substring(start, text.offsetByCodePoints(start, to - from));
    }

    /** {@code str.capitalize}. */
    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return title(text.codePointAt(0)) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String title(int c) {
        String upper = Character.toString(c).toUpperCase(Locale.ROOT);
        return upper.codePointCount(0, upper.length()) > 1
                ? Character.toString(upper.codePointAt(0)) + upper.substring(1).toLowerCase(Locale.ROOT)
                : Character.toString(Character.toTitleCase(c));
    }

    /** {@code str.title}: every letter after what is none begins a word. */
    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            boolean cased = Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
            out.append(
                    !cased
                            ? Character.toString(c)
                            : inside ? Character.toString(c).toLowerCase(Locale.ROOT) : title(c));
            inside = cased;
            i += Character.charCount(c);
        }
        return out.toString();
    }

    /** The escapes of a Python string literal; what is no escape stays. */
    static String unescape(String raw) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\' || i + 1 == raw.length()) {
                out.append(c);
                continue;
            }
            char kind = raw.charAt(++i);
            switch (kind) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(kind);
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'v' -> out.append('\u000b');
                case 'x' -> i += code(raw, i + 1, 2, out);
                case 'u' -> i += code(raw, i + 1, 4, out);
                case 'U' -> i += code(raw, i + 1, 8, out);
                default -> {
                    int value = 0;
                    int digits = 0;
                    while (digits < 3
                            && i + digits < raw.length()
                            && raw.charAt(i + digits) >= '0'
                            && raw.charAt(i + digits) <= '7') {
                        value = value * 8 + raw.charAt(i + digits++) - '0';
                    }
                    if (digits > 0) {
                        out.append((char) value);
                        i += digits - 1;
                    } else {
                        out.append('\\').append(kind);
                    }
                }
            }
        }
        return out.toString();
    }

    private static int code(String raw, int from, int digits, StringBuilder out) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < raw.length() && raw.charAt(i) < 128 ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0 || value > 0x10ffff >> 4) {
                throw new TemplateException(
                        "a string has an escape that is no character: \\" + raw.substring(from - 1));
            }
            value = value * 16 + digit;
        }
        out.appendCodePoint(value);
        return digits;
    }
}
