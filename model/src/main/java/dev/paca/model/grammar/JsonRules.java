package dev.paca.model.grammar;

import java.util.BitSet;

/** Rules of JSON itself: compact, at most one space after a comma or colon, strings of valid UTF-8. */
final class JsonRules {
    private static final int DIGITS = NumberRules.DIGITS;

    private final Grammar grammar;
    private int value;
    private int character;
    private int digits;

    JsonRules(Grammar grammar) {
        this.grammar = grammar;
    }

    /** Any value. */
    int value() {
        if (value == 0) {
            value = grammar.rule();
            grammar.add(value, object(value));
            int array = grammar.rule();
            int rest = repeat(new int[] {comma(), value}, 0, -1);
            grammar.add(array, grammar.literal("[]"));
            grammar.add(array, Grammar.join(grammar.literal("["), new int[] {value, rest}, grammar.literal("]")));
            grammar.add(value, array);
            grammar.add(value, string(0, -1));
            grammar.add(value, number());
            grammar.add(value, bool());
            grammar.add(value, nothing());
        }
        return value;
    }

    /** An object of any members whose values are of one rule. */
    int object(int member) {
        int one = grammar.rule();
        grammar.add(one, string(0, -1), colon(), member);
        int rest = repeat(new int[] {comma(), one}, 0, -1);
        int rule = grammar.rule();
        grammar.add(rule, grammar.literal("{}"));
        grammar.add(rule, Grammar.join(grammar.literal("{"), new int[] {one, rest}, grammar.literal("}")));
        return rule;
    }

    int comma() {
        return spaced(",");
    }

    int colon() {
        return spaced(":");
    }

    private int spaced(String sign) {
        int rule = grammar.rule();
        grammar.add(rule, grammar.literal(sign));
        grammar.add(rule, grammar.literal(sign + " "));
        return rule;
    }

    int bool() {
        int rule = grammar.rule();
        grammar.add(rule, grammar.literal("true"));
        grammar.add(rule, grammar.literal("false"));
        return rule;
    }

    int nothing() {
        int rule = grammar.rule();
        grammar.add(rule, grammar.literal("null"));
        return rule;
    }

    int integer() {
        int whole = grammar.rule();
        int digit = grammar.ranges('0', '9');
        grammar.add(whole, grammar.literal("0"));
        grammar.add(whole, grammar.ranges('1', '9'), repeat(new int[] {digit}, 0, DIGITS - 1));
        int rule = grammar.rule();
        grammar.add(rule, whole);
        grammar.add(rule, Grammar.join(grammar.literal("-"), new int[] {whole}));
        return rule;
    }

    int number() {
        if (digits == 0) {
            digits = repeat(new int[] {grammar.ranges('0', '9')}, 1, DIGITS);
        }
        int fraction = optional(Grammar.join(grammar.literal("."), new int[] {digits}));
        int sign = grammar.rule();
        grammar.add(sign);
        grammar.add(sign, grammar.ranges('+', '+', '-', '-'));
        int power = repeat(new int[] {grammar.ranges('0', '9')}, 1, 2);
        int exponent = optional(grammar.ranges('e', 'e', 'E', 'E'), sign, power);
        int rule = grammar.rule();
        grammar.add(rule, integer(), fraction, exponent);
        return rule;
    }

    private int optional(int... sequence) {
        int rule = grammar.rule();
        grammar.add(rule);
        grammar.add(rule, sequence);
        return rule;
    }

    /** A string of so many characters; no upper bound if the greatest is negative. */
    int string(int least, int most) {
        int rule = grammar.rule();
        int body = repeat(new int[] {character()}, least, most);
        grammar.add(rule, Grammar.join(grammar.literal("\""), new int[] {body}, grammar.literal("\"")));
        return rule;
    }

    /** So many times a sequence; no upper bound if the greatest is negative. */
    int repeat(int[] sequence, int least, int most) {
        int rule = grammar.rule();
        if (most < 0) {
            grammar.add(rule);
            grammar.add(rule, Grammar.join(sequence, new int[] {rule}));
        } else {
            grammar.add(rule);
        }
        for (int i = most < 0 ? least : most; i > 0; i--) {
            int longer = grammar.rule();
            grammar.add(longer, Grammar.join(sequence, new int[] {rule}));
            if (most >= 0 && i > least) {
                grammar.add(longer);
            }
            rule = longer;
        }
        return rule;
    }

    /** One code point or escape; escapes of halves of surrogate pairs are left out. */
    private int character() {
        if (character != 0) {
            return character;
        }
        int tail = grammar.ranges(0x80, 0xbf);
        int hex = grammar.ranges('0', '9', 'a', 'f', 'A', 'F');
        BitSet plain = new BitSet(256);
        plain.set(0x20, 0x80);
        plain.clear('"');
        plain.clear('\\');
        plain.clear(0x7f);
        int rule = grammar.rule();
        grammar.add(rule, grammar.bytes(plain));
        // Well-formed UTF-8: The Unicode Standard, table 3-7.
        grammar.add(rule, grammar.ranges(0xc2, 0xdf), tail);
        grammar.add(rule, grammar.ranges(0xe0, 0xe0), grammar.ranges(0xa0, 0xbf), tail);
        grammar.add(rule, grammar.ranges(0xe1, 0xec, 0xee, 0xef), tail, tail);
        grammar.add(rule, grammar.ranges(0xed, 0xed), grammar.ranges(0x80, 0x9f), tail);
        grammar.add(rule, grammar.ranges(0xf0, 0xf0), grammar.ranges(0x90, 0xbf), tail, tail);
        grammar.add(rule, grammar.ranges(0xf1, 0xf3), tail, tail, tail);
        grammar.add(rule, grammar.ranges(0xf4, 0xf4), grammar.ranges(0x80, 0x8f), tail, tail);
        int backslash = grammar.ranges('\\', '\\');
        int escaped = grammar.rule();
        grammar.add(
                escaped,
                grammar.ranges('"', '"', '\\', '\\', '/', '/', 'b', 'b', 'f', 'f', 'n', 'n', 'r', 'r', 't', 't'));
        int unicode = grammar.ranges('u', 'u');
        grammar.add(escaped, unicode, grammar.ranges('0', '9', 'a', 'c', 'A', 'C', 'e', 'f', 'E', 'F'), hex, hex, hex);
        grammar.add(escaped, unicode, grammar.ranges('d', 'd', 'D', 'D'), grammar.ranges('0', '7'), hex, hex);
        grammar.add(rule, backslash, escaped);
        character = rule;
        return rule;
    }
}
