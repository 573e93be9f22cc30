package dev.paca.model.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Prints values as Python's {@code str} and {@code repr} do. */
final class Printer {
    private static final int DEPTH = 200;

    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private int depth;

    private Printer(Budget budget) {
        this.budget = budget;
    }

    /** {@code str(value)}. */
    static String text(Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case Undefined undefined -> "";
            default -> repr(value, budget);
        };
    }

    /** {@code repr(value)}. */
    static String repr(Object value, Budget budget) {
        Printer printer = new Printer(budget);
        printer.print(value);
        return printer.out.toString();
    }

    private void print(Object value) {
        budget.step();
        switch (value) {
            case String text -> {
                budget.text(text.length());
                quote(text);
            }
            case Boolean bool -> out.append(bool ? "True" : "False");
            case None none -> out.append("None");
            case Undefined undefined -> out.append("Undefined");
            case Double number -> out.append(number(number));
            case Tuple tuple -> {
                items(tuple, '(', tuple.size() == 1 ? ",)" : ")");
            }
            case List<?> list -> items(list, '[', "]");
            case Map<?, ?> map -> map(map);
            case Namespace namespace -> {
                out.append("<Namespace ");
                map(namespace.members);
                out.append('>');
            }
            case Callable callable -> out.append("<function>");
            default -> out.append(value);
        }
    }

    private void items(List<?> items, char open, String close) {
        enter();
        out.append(open);
        String between = "";
        for (Object item : items) {
            out.append(between);
            print(item);
            between = ", ";
        }
        out.append(close);
        depth--;
    }

    private void map(Map<?, ?> map) {
        enter();
        out.append('{');
        String between = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(between);
            print(entry.getKey());
            out.append(": ");
            print(entry.getValue());
            between = ", ";
        }
        out.append('}');
        depth--;
    }

    private void enter() {
        if (++depth > DEPTH) {
            throw new TemplateException("a value that nests deeper than " + DEPTH + " levels cannot be printed");
        }
    }

    /** In single quotes, unless it has some and no double ones. */
    private void quote(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (printable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                    }
                }
            }
        });
        out.append(quote);
    }

    private static boolean printable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /** {@code repr} of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = shortest.unscaledValue().abs().toString();
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
