package dev.paca.model.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/** Filters that give numbers. */
final class NumberFilters {
    private NumberFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("length", NumberFilters::count);
        all.put("count", NumberFilters::count);
        all.put("abs", (input, args, evaluator) -> {
            args.none();
            return input instanceof Double number ? (Object) Math.abs(number) : Math.abs(Values.integer(input));
        });
        all.put("int", (input, args, evaluator) -> integer(input, args.bind("default", "base")));
        all.put(
                "float",
                (input, args, evaluator) -> decimal(input, args.bind("default").get("default", 0.0)));
        all.put("round", (input, args, evaluator) -> round(input, args.bind("precision", "method")));
        all.put("sum", (input, args, evaluator) -> {
            Args.Bound given = args.bind("attribute", "start");
            Object sum = given.get("start", 0L);
            Object attribute = given.get("attribute", None.NONE);
            var items = Values.items(input);
            for (Object item : attribute == None.NONE ? items : SelectionFilters.each(items, attribute, evaluator)) {
                sum = Arithmetic.apply("+", sum, item, evaluator.budget);
            }
            return sum;
        });
    }

    private static Object count(Object input, Args args, Evaluator evaluator) {
        args.none();
        return (long) Values.length(input);
    }

    private static Object integer(Object input, Args.Bound given) {
        Object otherwise = given.get("default", 0L);
        int base = given.integer("base", 10);
        try {
            return switch (input) {
                case String text -> integer(PythonText.strip(text).replace("_", ""), base);
                case Double number -> Math.abs(number) < 0x1p63 ? (Object) number.longValue() : otherwise;
                case Long integer -> integer;
                case Boolean bool -> bool ? 1L : 0L;
                default -> otherwise;
            };
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Object integer(String text, int base) {
        if (base != 10) {
            return Long.parseLong(text.toLowerCase(Locale.ROOT).replaceFirst("^0[xbo]", ""), base);
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            double number = parse(text);
            if (Double.isFinite(number) && Math.abs(number) < 0x1p63) {
                return (long) number;
            }
            throw new NumberFormatException("not finite");
        }
    }

    /** Java would also take "1d" and "0x1p3". */
    private static double parse(String text) {
        if (!text.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?")) {
            throw new NumberFormatException("no number");
        }
        return Double.parseDouble(text);
    }

    private static Object decimal(Object input, Object otherwise) {
        try {
            return switch (input) {
                case String text -> parse(PythonText.strip(text).replace("_", ""));
                default -> Values.isNumber(input) ? Values.number(input) : otherwise;
            };
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Object round(Object input, Args.Bound given) {
        int precision = given.integer("precision", 0);
        if (Math.abs((long) precision) > 300) {
            throw new TemplateException("the filter 'round' works with at most 300 decimals");
        }
        String method = given.text("method", "common");
        if (!method.equals("common") && !method.equals("ceil") && !method.equals("floor")) {
            throw new TemplateException(
                    "the filter 'round' knows the methods common, ceil and floor, not '" + method + "'");
        }
        if (method.equals("common") && !(input instanceof Double)) {
            return Values.integer(input) == 0 || precision >= 0
                    ? (Object) Values.integer(input)
                    : new BigDecimal(Values.integer(input))
                            .setScale(precision, RoundingMode.HALF_EVEN)
                            .longValue();
        }
        double value = Values.number(input);
        if (!Double.isFinite(value)) {
            return value;
        }
        if (method.equals("common")) {
            double rounded = new BigDecimal(value)
                    .setScale(precision, RoundingMode.HALF_EVEN)
                    .doubleValue();
            return Math.copySign(rounded, value);
        }
        double scale = Math.pow(10, precision);
        return (method.equals("ceil") ? Math.ceil(value * scale) : Math.floor(value * scale)) / scale;
    }
}
