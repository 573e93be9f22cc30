package dev.paca.model.grammar;

import dev.paca.model.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Rules of numbers within bounds: digit by digit, with what is still tight at the lower and the upper bound. Bounded numbers
 * have no exponent and no superfluous sign.
 */
final class NumberRules {
    /** Digits of an integer, as many as a double holds exactly. */
    static final int DIGITS = 15;

    static final Set<String> BOUNDS = Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

    private static final BigDecimal MOST = BigDecimal.TEN.pow(DIGITS);

    private final Grammar grammar;
    private final JsonRules json;

    NumberRules(Grammar grammar, JsonRules json) {
        this.grammar = grammar;
        this.json = json;
    }

    /**
     * Bounds of numbers.
     *
     * @param low no number is less
     * @param high no number is greater
     * @param aboveLow whether {@code low} itself is out of bounds
     * @param belowHigh whether {@code high} itself is out of bounds
     */
    record Bounds(BigDecimal low, boolean aboveLow, BigDecimal high, boolean belowHigh) {
        /** Everything that has at most {@link #DIGITS} digits before the point. */
        static final Bounds WIDEST = new Bounds(MOST.negate(), true, MOST, true);

        /** Those of a schema. */
        static Bounds of(Json.Obj schema, String at) {
            Bounds bounds = WIDEST;
            for (String keyword : BOUNDS) {
                Json given = schema.get(keyword);
                if (given == null) {
                    continue;
                }
                // Longer ones would make a grammar of many rules; the exponent is looked at before it is spelt out.
                if (!(given instanceof Json.Num number)
                        || number.literal().length() > 32
                        || (number.toDouble() != 0 && Math.abs(number.toDouble()) < 1e-12)
                        || Math.abs(number.toDouble()) > 1e30) {
                    throw SchemaCompiler.refuse(
                            at + "/" + keyword, "expected a number of moderate size, found " + given);
                }
                BigDecimal bound = new BigDecimal(number.literal());
                boolean exclusive = keyword.startsWith("exclusive");
                bounds = keyword.endsWith("inimum") ? bounds.above(bound, exclusive) : bounds.below(bound, exclusive);
            }
            return bounds;
        }

        Bounds above(BigDecimal least, boolean exclusive) {
            int order = least.compareTo(low);
            return order < 0 ? this : new Bounds(least, exclusive || (order == 0 && aboveLow), high, belowHigh);
        }

        Bounds below(BigDecimal most, boolean exclusive) {
            int order = most.compareTo(high);
            return order > 0 ? this : new Bounds(low, aboveLow, most, exclusive || (order == 0 && belowHigh));
        }

        boolean isEmpty() {
            int order = low.compareTo(high);
            return order > 0 || (order == 0 && (aboveLow || belowHigh));
        }

        /** The same integers, with bounds that are integers themselves and within. */
        Bounds integers() {
            BigDecimal least = low.setScale(0, RoundingMode.CEILING);
            BigDecimal most = high.setScale(0, RoundingMode.FLOOR);
            return new Bounds(
                    aboveLow && least.compareTo(low) == 0 ? least.add(BigDecimal.ONE) : least,
                    false,
                    belowHigh && most.compareTo(high) == 0 ? most.subtract(BigDecimal.ONE) : most,
                    false);
        }

        /** Sizes of the negative numbers. */
        private Bounds negative() {
            return new Bounds(high.negate(), belowHigh, low.negate(), aboveLow).above(BigDecimal.ZERO, true);
        }

        private Bounds natural() {
            return above(BigDecimal.ZERO, false);
        }
    }

    /** Integers; bounds as {@link Bounds#integers} gives them, not empty. */
    int integer(Bounds bounds) {
        int rule = grammar.rule();
        if (!bounds.natural().isEmpty()) {
            grammar.add(rule, whole(bounds.natural()));
        }
        if (!bounds.negative().isEmpty()) {
            Bounds sizes = bounds.negative().integers();
            grammar.add(rule, Grammar.join(grammar.literal("-"), new int[] {whole(sizes)}));
        }
        return rule;
    }

    /** Numbers with or without fraction; the bounds are not empty. */
    int number(Bounds bounds) {
        int rule = grammar.rule();
        if (!bounds.natural().isEmpty()) {
            size(rule, new int[0], bounds.natural());
        }
        if (!bounds.negative().isEmpty()) {
            size(rule, grammar.literal("-"), bounds.negative());
        }
        return rule;
    }

    private void size(int rule, int[] sign, Bounds bounds) {
        BigDecimal first = bounds.low().setScale(0, RoundingMode.FLOOR);
        BigDecimal last = bounds.high().setScale(0, RoundingMode.FLOOR);
        if (first.compareTo(last) == 0) {
            part(rule, sign, first, new Fraction(bounds, true, true));
            return;
        }
        part(rule, sign, first, new Fraction(bounds, true, false));
        if (bounds.high().compareTo(last) > 0 || !bounds.belowHigh()) {
            part(rule, sign, last, new Fraction(bounds, false, true));
        }
        BigDecimal next = first.add(BigDecimal.ONE);
        if (next.compareTo(last) < 0) {
            Bounds between = new Bounds(next, false, last.subtract(BigDecimal.ONE), false);
            int[] any = {whole(between), new Fraction(bounds, false, false).optional()};
            grammar.add(rule, Grammar.join(sign, any));
        }
    }

    private void part(int rule, int[] sign, BigDecimal whole, Fraction fraction) {
        int[] digits = grammar.literal(whole.toPlainString());
        grammar.add(rule, Grammar.join(sign, digits, new int[] {fraction.optional()}));
    }

    /** Natural numbers, by how many digits they have. */
    private int whole(Bounds bounds) {
        String low = bounds.low().toPlainString();
        String high = bounds.high().toPlainString();
        int rule = grammar.rule();
        for (int n = low.length(); n <= high.length(); n++) {
            String from = n == low.length() ? low : "1" + "0".repeat(n - 1);
            String to = n == high.length() ? high : "9".repeat(n);
            grammar.add(rule, digits(from, to));
        }
        return rule;
    }

    /** Digits between two texts of equal length. */
    private int digits(String low, String high) {
        int rule = grammar.rule();
        if (low.isEmpty()) {
            grammar.add(rule);
            return rule;
        }
        char first = low.charAt(0);
        char last = high.charAt(0);
        String lowest = low.substring(1);
        String highest = high.substring(1);
        String zeros = "0".repeat(lowest.length());
        String nines = "9".repeat(lowest.length());
        if (first == last) {
            grammar.add(rule, digit(first, last), digits(lowest, highest));
            return rule;
        }
        boolean lowFree = lowest.equals(zeros);
        boolean highFree = highest.equals(nines);
        if (!lowFree) {
            grammar.add(rule, digit(first, first), digits(lowest, nines));
        }
        if (!highFree) {
            grammar.add(rule, digit(last, last), digits(zeros, highest));
        }
        int from = lowFree ? first : first + 1;
        int to = highFree ? last : last - 1;
        if (from <= to) {
            grammar.add(rule, Grammar.join(new int[] {digit(from, to)}, any(lowest.length())));
        }
        return rule;
    }

    private int[] any(int count) {
        int[] digits = new int[count];
        Arrays.fill(digits, digit('0', '9'));
        return digits;
    }

    private int digit(int from, int to) {
        return grammar.ranges(from, to);
    }

    /** What may stand after the digits before the point. */
    private final class Fraction {
        private final String low;
        private final String high;
        private final Bounds bounds;
        private final boolean tightLow;
        private final boolean tightHigh;
        private final Map<Integer, Integer> rules = new HashMap<>();

        /** Where a bound is tight, its own fraction bounds this one. */
        Fraction(Bounds bounds, boolean tightLow, boolean tightHigh) {
            this.bounds = bounds;
            this.tightLow = tightLow;
            this.tightHigh = tightHigh;
            String from = tightLow ? digits(bounds.low()) : "";
            String to = tightHigh ? digits(bounds.high()) : "";
            int length = Math.max(1, Math.max(from.length(), to.length()));
            low = from + "0".repeat(length - from.length());
            high = to + "0".repeat(length - to.length());
        }

        private static String digits(BigDecimal number) {
            BigDecimal fraction = number.remainder(BigDecimal.ONE).stripTrailingZeros();
            return fraction.signum() == 0 ? "" : fraction.toPlainString().substring(2);
        }

        int optional() {
            int rule = grammar.rule();
            if (mayEnd(0, tightLow, tightHigh)) {
                grammar.add(rule);
            }
            int point = grammar.rule();
            next(point, 0, tightLow, tightHigh);
            grammar.add(rule, Grammar.join(grammar.literal("."), new int[] {point}));
            return rule;
        }

        private boolean mayEnd(int at, boolean atLow, boolean atHigh) {
            boolean lowLeft = low.chars().skip(at).anyMatch(c -> c != '0');
            boolean highLeft = high.chars().skip(at).anyMatch(c -> c != '0');
            return (!atLow || (!lowLeft && !bounds.aboveLow())) && (!atHigh || highLeft || !bounds.belowHigh());
        }

        private int from(int at, boolean atLow, boolean atHigh) {
            int key = 4 * at + (atLow ? 2 : 0) + (atHigh ? 1 : 0);
            Integer known = rules.get(key);
            if (known != null) {
                return known;
            }
            int rule = grammar.rule();
            rules.put(key, rule);
            if (at == low.length()) {
                tail(rule, atLow, atHigh);
                return rule;
            }
            if (mayEnd(at, atLow, atHigh)) {
                grammar.add(rule);
            }
            next(rule, at, atLow, atHigh);
            return rule;
        }

        private void next(int rule, int at, boolean atLow, boolean atHigh) {
            int least = atLow ? low.charAt(at) : '0';
            int most = atHigh ? high.charAt(at) : '9';
            for (int c = least; c <= most; c++) {
                boolean stillLow = atLow && c == least;
                boolean stillHigh = atHigh && c == most;
                grammar.add(rule, digit(c, c), from(at + 1, stillLow, stillHigh));
            }
        }

        /** Behind all digits of the bounds. */
        private void tail(int rule, boolean atLow, boolean atHigh) {
            if (atHigh) {
                if (!bounds.belowHigh() && !(atLow && bounds.aboveLow())) {
                    grammar.add(rule, json.repeat(grammar.literal("0"), 0, DIGITS));
                }
                return;
            }
            int any = json.repeat(any(1), 0, DIGITS);
            if (atLow && bounds.aboveLow()) {
                int zeros = json.repeat(grammar.literal("0"), 0, DIGITS);
                grammar.add(rule, zeros, digit('1', '9'), any);
            } else {
                grammar.add(rule, any);
            }
        }
    }
}
