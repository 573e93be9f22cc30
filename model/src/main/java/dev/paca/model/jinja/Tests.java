package dev.paca.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** What follows {@code is}. */
final class Tests {
    /** A question about a value. */
    @FunctionalInterface
    interface Test {
        boolean apply(Object value, Args args);
    }

    private static final Map<String, Test> ALL = Map.ofEntries(
            Map.entry("defined", plain(v -> !(v instanceof Undefined))),
            Map.entry("undefined", plain(v -> v instanceof Undefined)),
            Map.entry("none", plain(v -> v == None.NONE)),
            Map.entry("boolean", plain(v -> v instanceof Boolean)),
            Map.entry("true", plain(v -> v.equals(true))),
            Map.entry("false", plain(v -> v.equals(false))),
            Map.entry("string", plain(v -> v instanceof String)),
            Map.entry("number", plain(Values::isNumber)),
            Map.entry("integer", plain(v -> v instanceof Long || v instanceof BigInteger)),
            Map.entry("float", plain(v -> v instanceof Double)),
            Map.entry("mapping", plain(v -> v instanceof Map<?, ?>)),
            Map.entry(
                    "sequence",
                    plain(v -> v instanceof List<?>
                            || v instanceof String
                            || v instanceof Map<?, ?>
                            || v instanceof Undefined)),
            Map.entry(
                    "iterable",
                    plain(v -> v instanceof List<?>
                            || v instanceof String
                            || v instanceof Map<?, ?>
                            || v instanceof Undefined)),
            Map.entry("callable", plain(v -> v instanceof Callable)),
            Map.entry("escaped", plain(v -> false)),
            Map.entry("upper", plain(v -> cased(v, true))),
            Map.entry("lower", plain(v -> cased(v, false))),
            Map.entry("odd", plain(v -> Math.floorMod(Values.integer(v), 2) == 1)),
            Map.entry("even", plain(v -> Math.floorMod(Values.integer(v), 2) == 0)),
            Map.entry("divisibleby", Tests::divisible),
            Map.entry("in", (v, args) -> Values.contains(args.bind("seq").get("seq"), v)),
            Map.entry("sameas", (v, args) -> same(v, args.bind("other").get("other"))),
            Map.entry("filter", plain(v -> v instanceof String name && Filters.has(name))),
            Map.entry("test", plain(v -> v instanceof String name && has(name))),
            Map.entry("eq", compare("==")),
            Map.entry("equalto", compare("==")),
            Map.entry("==", compare("==")),
            Map.entry("ne", compare("!=")),
            Map.entry("!=", compare("!=")),
            Map.entry("lt", compare("<")),
            Map.entry("lessthan", compare("<")),
            Map.entry("<", compare("<")),
            Map.entry("le", compare("<=")),
            Map.entry("<=", compare("<=")),
            Map.entry("gt", compare(">")),
            Map.entry("greaterthan", compare(">")),
            Map.entry(">", compare(">")),
            Map.entry("ge", compare(">=")),
            Map.entry(">=", compare(">=")));

    private Tests() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Test named(String name) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new TemplateException("the test '" + name + "' is not supported (supported: "
                    + String.join(", ", new TreeSet<>(ALL.keySet())) + ")");
        }
        return test;
    }

    private static Test plain(java.util.function.Predicate<Object> test) {
        return (value, args) -> {
            args.none();
            return test.test(value);
        };
    }

    private static Test compare(String operator) {
        return (value, args) ->
                Evaluator.holds(operator, value, args.bind("other").get("other"));
    }

    private static boolean divisible(Object value, Args args) {
        long by = Values.integer(args.bind("num").get("num"));
        if (by == 0) {
            throw new TemplateException("'divisibleby' cannot divide by 0");
        }
        return Values.integer(value) % by == 0;
    }

    private static boolean same(Object a, Object b) {
        return a instanceof Boolean || a instanceof Long || a instanceof String ? a.equals(b) : a == b;
    }

    private static boolean cased(Object value, boolean upper) {
        String text = value instanceof String string ? string : "";
        return text.equals(upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT))
                && !text.toUpperCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT));
    }
}
