package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Python's methods of strings. */
final class StringMethods {
    private StringMethods() {}

    static @Nullable Callable of(String text, String name, Budget budget) {
        Callable method = method(text, name, budget);
        return method == null
                ? null
                : args -> {
                    Object result = method.call(args);
                    budget.text(text.length());
                    if (result instanceof String made) {
                        budget.text(made.length());
                    } else if (result instanceof List<?> list) {
                        budget.steps(list.size());
                    }
                    return result;
                };
    }

    private static @Nullable Callable method(String text, String name, Budget budget) {
        return switch (name) {
            case "upper" -> plain(text.toUpperCase(Locale.ROOT));
            case "lower", "casefold" -> plain(text.toLowerCase(Locale.ROOT));
            case "title" -> plain(PythonText.title(text));
            case "capitalize" -> plain(PythonText.capitalize(text));
            case "swapcase" -> plain(swapCase(text));
            case "strip" -> strip(text, true, true);
            case "lstrip" -> strip(text, true, false);
            case "rstrip" -> strip(text, false, true);
            case "split" -> split(text, false);
            case "rsplit" -> split(text, true);
            case "splitlines" -> args -> lines(text, args.bind("keepends").truth("keepends", false));
            case "startswith" -> args -> affix(args, text::startsWith);
            case "endswith" -> args -> affix(args, text::endsWith);
            case "removeprefix" ->
                args -> {
                    String prefix = args.bind("prefix").text("prefix");
                    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
                };
            case "removesuffix" ->
                args -> {
                    String suffix = args.bind("suffix").text("suffix");
                    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
                };
            case "replace" ->
                args -> {
                    Args.Bound given = args.bind("old", "new", "count");
                    return Texts.replace(
                            text, given.text("old"), given.text("new"), given.integer("count", -1), budget);
                };
            case "find", "index" ->
                args -> position(text, text.indexOf(args.bind("sub").text("sub")), name);
            case "rfind", "rindex" ->
                args -> position(text, text.lastIndexOf(args.bind("sub").text("sub")), name);
            case "count" -> args -> count(text, args.bind("sub").text("sub"));
            case "join" -> args -> Texts.join(Values.items(args.bind("iterable").get("iterable")), text, true, budget);
            case "format" -> args -> Braces.format(text, args, budget);
            case "partition" -> args -> partition(text, args.bind("sep").text("sep"), false);
            case "rpartition" -> args -> partition(text, args.bind("sep").text("sep"), true);
            case "zfill" ->
                args -> {
                    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
                    return text.substring(0, sign)
                            + "0".repeat(missing(text, args.bind("width").integer("width", 0), budget))
                            + text.substring(sign);
                };
            case "ljust" ->
                args -> {
                    Args.Bound given = args.bind("width", "fillchar");
                    return text + given.text("fillchar", " ").repeat(missing(text, given.integer("width", 0), budget));
                };
            case "rjust" ->
                args -> {
                    Args.Bound given = args.bind("width", "fillchar");
                    return given.text("fillchar", " ").repeat(missing(text, given.integer("width", 0), budget)) + text;
                };
            case "center" -> args -> Texts.center(text, args.bind("width").integer("width", 0), budget);
            case "isspace" -> all(text, PythonText::isSpace);
            case "isdigit", "isnumeric", "isdecimal" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isupper" -> plain(cased(text, text.toUpperCase(Locale.ROOT)));
            case "islower" -> plain(cased(text, text.toLowerCase(Locale.ROOT)));
            default -> null;
        };
    }

    private static Callable plain(Object result) {
        return args -> {
            args.none();
            return result;
        };
    }

    private static Callable all(String text, IntPredicate test) {
        return plain(!text.isEmpty() && text.codePoints().allMatch(test));
    }

    /** Whether the text is of that case, and has any. */
    private static boolean cased(String text, String wanted) {
        return text.equals(wanted) && !text.toLowerCase(Locale.ROOT).equals(text.toUpperCase(Locale.ROOT));
    }

    private static Callable strip(String text, boolean left, boolean right) {
        return args -> {
            Args.Bound given = args.bind("chars");
            if (given.get("chars", None.NONE) == None.NONE) {
                String cut = left ? PythonText.stripLeft(text) : text;
                return right ? PythonText.stripRight(cut) : cut;
            }
            return PythonText.strip(text, given.text("chars"), left, right);
        };
    }

    private static Callable split(String text, boolean right) {
        return args -> {
            Args.Bound given = args.bind("sep", "maxsplit");
            int most = given.integer("maxsplit", -1);
            int limit = most < 0 ? Integer.MAX_VALUE : most;
            if (given.get("sep", None.NONE) == None.NONE) {
                return right ? splitSpaceRight(text, limit) : splitSpace(text, limit);
            }
            String separator = given.text("sep");
            if (separator.isEmpty()) {
                throw new TemplateException(".split() needs a separator that is not empty");
            }
            return right ? splitRight(text, separator, limit) : split(text, separator, limit);
        };
    }

    private static List<Object> split(String text, String separator, int limit) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() < limit; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Object> splitRight(String text, String separator, int limit) {
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        int at = text.lastIndexOf(separator);
        while (at >= 0 && parts.size() < limit) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
            at = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static List<Object> splitSpace(String text, int limit) {
        List<Object> parts = new ArrayList<>();
        String all = PythonText.stripLeft(text);
        int from = 0;
        while (from < all.length()) {
            int end = parts.size() == limit ? all.length() : from;
            while (end < all.length() && !PythonText.isSpace(all.charAt(end))) {
                end++;
            }
            parts.add(all.substring(from, end));
            from = end;
            while (from < all.length() && PythonText.isSpace(all.charAt(from))) {
                from++;
            }
        }
        return parts;
    }

    private static List<Object> splitSpaceRight(String text, int limit) {
        List<Object> parts = new ArrayList<>();
        String all = PythonText.stripRight(text);
        int to = all.length();
        while (to > 0) {
            int begin = parts.size() == limit ? 0 : to;
            while (begin > 0 && !PythonText.isSpace(all.charAt(begin - 1))) {
                begin--;
            }
            parts.add(all.substring(begin, to));
            to = begin;
            while (to > 0 && PythonText.isSpace(all.charAt(to - 1))) {
                to--;
            }
        }
        Collections.reverse(parts);
        return parts;
    }

    private static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length()
                    && "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            int over = Math.min(end + (text.startsWith("\r\n", end) ? 2 : 1), text.length());
            lines.add(text.substring(from, keepEnds ? over : end));
            from = over;
        }
        return lines;
    }

    private static boolean affix(Args args, java.util.function.Predicate<String> test) {
        Object wanted = args.bind("affix").get("affix");
        if (wanted instanceof Tuple several) {
            return several.stream().anyMatch(one -> one instanceof String text && test.test(text));
        }
        if (wanted instanceof String text) {
            return test.test(text);
        }
        throw new TemplateException(args.callee() + " needs a string, not " + Values.type(wanted));
    }

    private static Object position(String text, int at, String name) {
        if (at < 0 && name.endsWith("index")) {
            throw new TemplateException("." + name + "() does not find the text");
        }
        return at < 0 ? -1L : (long) text.codePointCount(0, at);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return PythonText.length(text) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static Tuple partition(String text, String separator, boolean last) {
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static int missing(String text, int width, Budget budget) {
        budget.text(width);
        return Math.max(0, width - PythonText.length(text));
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .forEach(c -> out.append(
                        Character.isUpperCase(c)
                                ? Character.toString(c).toLowerCase(Locale.ROOT)
                                : Character.toString(c).toUpperCase(Locale.ROOT)));
        return out.toString();
    }
}
