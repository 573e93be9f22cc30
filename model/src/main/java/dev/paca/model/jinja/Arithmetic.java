package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** Operators between two values, as Python computes them. */
final class Arithmetic {
    private Arithmetic() {}

    static Object sign(boolean minus, Object value) {
        if (value instanceof Double number) {
            return minus ? -number : number;
        }
        long integer = Values.integer(value);
        return minus ? Math.negateExact(integer) : integer;
    }

    static Object apply(String operator, Object left, Object right, Budget budget) {
        if (operator.equals("~")) {
            String a = Printer.text(left, budget);
            String b = Printer.text(right, budget);
            budget.text((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (right instanceof Undefined undefined && !(operator.equals("%") && left instanceof String)) {
            throw undefined.used();
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            try {
                return left instanceof Double || right instanceof Double || operator.equals("/")
                        ? floats(operator, Values.number(left), Values.number(right))
                        : integers(operator, Values.integer(left), Values.integer(right));
            } catch (ArithmeticException e) {
                throw new TemplateException(left + " " + operator + " " + right + " has no result of 64 bits");
            }
        }
        if (operator.equals("+")) {
            return plus(left, right, budget);
        }
        if (operator.equals("*") && Values.isNumber(right)) {
            return times(left, Values.integer(right), budget);
        }
        if (operator.equals("*") && Values.isNumber(left)) {
            return times(right, Values.integer(left), budget);
        }
        if (operator.equals("%") && left instanceof String format) {
            return Percent.format(format, right instanceof Tuple tuple ? tuple : List.of(right), right, budget);
        }
        throw mismatch(operator, left, right);
    }

    private static TemplateException mismatch(String operator, Object left, Object right) {
        return new TemplateException(
                "'" + operator + "' does not work between " + Values.type(left) + " and " + Values.type(right));
    }

    private static Object plus(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.text((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b && a instanceof Tuple == b instanceof Tuple) {
            budget.steps((long) a.size() + b.size());
            List<Object> both = new ArrayList<>(a);
            both.addAll(b);
            return a instanceof Tuple ? new Tuple(both) : both;
        }
        throw mismatch("+", left, right);
    }

    private static Object times(Object left, long count, Budget budget) {
        int times = Math.clamp(count, 0, Integer.MAX_VALUE);
        if (left instanceof String text) {
            budget.text((long) text.length() * times);
            return text.repeat(times);
        }
        if (left instanceof List<?> list) {
            budget.steps((long) list.size() * times);
            List<Object> repeated = new ArrayList<>();
            for (int i = 0; i < times && !list.isEmpty(); i++) {
                repeated.addAll(list);
            }
            return left instanceof Tuple ? new Tuple(repeated) : repeated;
        }
        throw mismatch("*", left, count);
    }

    private static Object integers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "//" -> Math.floorDivExact(a, b);
            case "%" -> Math.floorMod(a, b);
            default -> b < 0 ? (Object) Math.pow(a, b) : power(a, b);
        };
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static Object floats(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new ArithmeticException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> modulo(a, b);
            default -> Math.pow(a, b);
        };
    }

    /** The remainder with the divisor's sign. */
    private static double modulo(double a, double b) {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : Math.copySign(rest, rest == 0 ? b : rest);
    }
}
