package dev.paca.model.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Python's {@code format % values}, with the conversions s, r, d, i, f, x and %. */
final class Percent {
    private static final int WIDTH = 10_000;

    private Percent() {}

    /** The whole value serves {@code %(name)s}. */
    static String format(String format, List<?> values, Object whole, Budget budget) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%') {
                out.append(c);
                continue;
            }
            Object named = null;
            if (i < format.length() && format.charAt(i) == '(') {
                int close = format.indexOf(')', i);
                if (close < 0
                        || !(whole instanceof Map<?, ?> map)
                        || !map.containsKey(format.substring(i + 1, close))) {
                    throw new TemplateException("'%' formatting finds no value for " + format.substring(i));
                }
                named = map.get(format.substring(i + 1, close));
                i = close + 1;
            }
            int flags = i;
            while (i < format.length() && "-+ 0".indexOf(format.charAt(i)) >= 0) {
                i++;
            }
            String flag = format.substring(flags, i);
            int from = i;
            while (i < format.length() && (Character.isDigit(format.charAt(i)) || format.charAt(i) == '.')) {
                i++;
            }
            String[] size = format.substring(from, i).split("\\.", -1);
            if (i == format.length()) {
                throw new TemplateException("'%' formatting ends within a conversion");
            }
            char conversion = format.charAt(i++);
            if (conversion == '%') {
                out.append('%');
                continue;
            }
            if (named == null && next == values.size()) {
                throw new TemplateException("'%' formatting has more conversions than values");
            }
            Object value = named == null ? values.get(next++) : named;
            String text = convert(conversion, value, flag, size.length > 1 ? number(size[1]) : -1, budget);
            out.append(pad(text, number(size[0]), flag, conversion));
            budget.text(text.length() + number(size[0]));
        }
        if (next < values.size() && !(whole instanceof Map<?, ?>)) {
            throw new TemplateException("'%' formatting has more values than conversions");
        }
        return out.toString();
    }

    private static int number(String digits) {
        if (digits.length() > 4) {
            throw new TemplateException("'%' formatting is wider than " + WIDTH + " characters");
        }
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    private static String convert(char conversion, Object value, String flag, int precision, Budget budget) {
        String text = switch (conversion) {
            case 's' -> cut(Printer.text(value, budget), precision);
            case 'r' -> cut(Printer.repr(value, budget), precision);
            case 'd', 'i' ->
                value instanceof Double number
                        ? new BigDecimal(number).setScale(0, RoundingMode.DOWN).toString()
                        : Long.toString(Values.integer(value));
            case 'x' -> Long.toHexString(Values.integer(value));
            case 'f' -> fixed(Values.number(value), precision < 0 ? 6 : precision);
            default ->
                throw new TemplateException(
                        "'%' formatting with '" + conversion + "' is not supported (supported: s, r, d, i, f, x)");
        };
        boolean signed = "dif".indexOf(conversion) >= 0 && !text.startsWith("-");
        return signed && flag.contains("+") ? "+" + text : signed && flag.contains(" ") ? " " + text : text;
    }

    /** A number with so many decimals, rounded half to even on its exact value. */
    static String fixed(double value, int decimals) {
        return Double.isFinite(value)
                ? new BigDecimal(value)
                        .setScale(decimals, RoundingMode.HALF_EVEN)
                        .toPlainString()
                : Printer.number(value);
    }

    private static String cut(String text, int precision) {
        return precision < 0 || precision >= PythonText.length(text) ? text : PythonText.between(text, 0, precision);
    }

    private static String pad(String text, int width, String flag, char conversion) {
        int missing = Math.max(0, width - PythonText.length(text));
        if (flag.contains("-")) {
            return text + " ".repeat(missing);
        }
        if (flag.contains("0") && conversion != 's' && conversion != 'r') {
            int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
            return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
        }
        return " ".repeat(missing) + text;
    }
}
