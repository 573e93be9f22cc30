package dev.paca.model.jinja;

import java.util.List;

/** Operations on text that methods and filters share; each asks the budget before it builds. */
final class Texts {
    private Texts() {}

    /** Joins what the elements print as; strictly, only strings are joined. */
    static String join(List<Object> items, String separator, boolean strict, Budget budget) {
        StringBuilder out = new StringBuilder();
        String between = "";
        for (Object item : items) {
            if (strict && !(item instanceof String)) {
                throw new TemplateException(".join() joins strings, found " + Values.type(item));
            }
            String text = Printer.text(item, budget);
            budget.text((long) text.length() + between.length());
            out.append(between).append(text);
            between = separator;
        }
        return out.toString();
    }

    /** Replaces at most that many occurrences from the left; all of them if the count is negative. */
    static String replace(String text, String old, String by, int count, Budget budget) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        int left = count < 0 ? Integer.MAX_VALUE : count;
        if (old.isEmpty()) {
            while (left-- > 0 && from <= text.length()) {
                budget.text(by.length() + 1);
                out.append(by);
                if (from == text.length()) {
                    return out.toString();
                }
                int next = text.offsetByCodePoints(from, 1);
                out.append(text, from, next);
                from = next;
            }
            return out.append(text, from, text.length()).toString();
        }
        for (int at = text.indexOf(old); at >= 0 && left-- > 0; at = text.indexOf(old, from)) {
            budget.text((long) at - from + by.length());
            out.append(text, from, at).append(by);
            from = at + old.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    /** In the middle of that many characters; where it cannot be, one character further to the right or left as Python puts it. */
    static String center(String text, int width, Budget budget) {
        budget.text(width);
        int missing = Math.max(0, width - PythonText.length(text));
        int left = missing / 2 + (missing & width & 1);
        return " ".repeat(left) + text + " ".repeat(missing - left);
    }

    /** Puts white space before each line but, unless asked, the first and blank ones. */
    static String indent(String text, String by, boolean first, boolean blank, Budget budget) {
        StringBuilder out = new StringBuilder();
        boolean begin = true;
        for (String line : text.split("\n", -1)) {
            if (!begin) {
                out.append('\n');
            }
            if (begin ? first : blank || !line.isEmpty()) {
                out.append(by);
            }
            out.append(line);
            budget.text((long) line.length() + by.length());
            begin = false;
        }
        return out.toString();
    }
}
