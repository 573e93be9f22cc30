package dev.paca.model.jinja;

import dev.paca.model.json.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of templates and what Python would say of them. A value is a String, a Boolean, a Long or (only from data)
 * a BigInteger, a Double, a List, a {@link Tuple}, a Map, {@link None}, {@link Undefined}, a {@link Namespace} or a
 * {@link Callable}; no value is ever null.
 */
final class Values {
    private Values() {}

    static Object of(Json json) {
        return switch (json) {
            case Json.Str text -> text.value();
            case Json.Bool bool -> bool == Json.Bool.TRUE;
            case Json.Null none -> None.NONE;
            case Json.Num number -> number(number);
            case Json.Arr array -> {
                List<Object> items = new ArrayList<>(array.items().size());
                array.items().forEach(item -> items.add(of(item)));
                yield items;
            }
            case Json.Obj object -> {
                Map<Object, Object> members = new LinkedHashMap<>();
                object.members().forEach((name, value) -> members.put(name, of(value)));
                yield members;
            }
        };
    }

    private static Object number(Json.Num number) {
        if (!number.isInteger() || number.literal().length() > 1000) {
            return number.toDouble();
        }
        BigInteger value = new BigInteger(number.literal());
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }

    /** Python's name for what it is. */
    static String type(Object value) {
        return switch (value) {
            case String text -> "a string";
            case Boolean bool -> "a boolean";
            case Long integer -> "an integer";
            case BigInteger integer -> "an integer";
            case Double number -> "a float";
            case Tuple tuple -> "a tuple";
            case List<?> list -> "a list";
            case Map<?, ?> map -> "a dict";
            case None none -> "none";
            case Undefined undefined -> "an undefined value";
            case Namespace namespace -> "a namespace";
            default -> "a function";
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case String text -> !text.isEmpty();
            case Boolean bool -> bool;
            case Long integer -> integer != 0;
            case Double number -> number != 0;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case None none -> false;
            case Undefined undefined -> false;
            default -> true;
        };
    }

    /** Elements of what can be looped over: of a list, of a dict its keys, of a string its characters. */
    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> List.copyOf(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> {
                List<Object> characters = new ArrayList<>(text.length());
                text.codePoints().forEach(c -> characters.add(Character.toString(c)));
                yield characters;
            }
            case Undefined undefined -> List.of();
            default -> throw new TemplateException(type(value) + " cannot be looped over");
        };
    }

    static int length(Object value) {
        return switch (value) {
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case String text -> PythonText.length(text);
            case Undefined undefined -> 0;
            default -> throw new TemplateException(type(value) + " has no length");
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger;
    }

    /** An integer, truth values counting as 0 and 1. */
    static long integer(Object value) {
        return switch (value) {
            case Long integer -> integer;
            case Boolean bool -> bool ? 1 : 0;
            case Undefined undefined -> throw undefined.used();
            default -> throw new TemplateException("expected an integer, found " + type(value));
        };
    }

    /** An integer that counts something, cut to 32 bits. */
    static int index(Object value) {
        return Math.clamp(integer(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    static double number(Object value) {
        return switch (value) {
            case Double number -> number;
            case BigInteger integer -> integer.doubleValue();
            default -> integer(value);
        };
    }

    static boolean equal(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b) == 0 && !Double.isNaN(number(a)) && !Double.isNaN(number(b));
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            if (left.size() != right.size() || left instanceof Tuple != right instanceof Tuple) {
                return false;
            }
            for (int i = 0; i < left.size(); i++) {
                if (!equal(left.get(i), right.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            return left.size() == right.size()
                    && left.entrySet().stream().allMatch(entry -> {
                        Object other = right.get(entry.getKey());
                        return other != null && equal(entry.getValue(), other);
                    });
        }
        return a.equals(b);
    }

    private static int compareNumbers(Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            return Double.compare(number(a) + 0.0, number(b) + 0.0);
        }
        return big(a).compareTo(big(b));
    }

    private static BigInteger big(Object value) {
        return value instanceof BigInteger integer ? integer : BigInteger.valueOf(integer(value));
    }

    /** Order of numbers, of strings by code point, and of lists by their first difference; else a failure. */
    static int compare(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return compareNumbers(a, b);
        }
        if (a instanceof String left && b instanceof String right) {
            return compareText(left, right);
        }
        if (a instanceof List<?> left
                && b instanceof List<?> right
                && left instanceof Tuple == right instanceof Tuple) {
            for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
                if (!equal(left.get(i), right.get(i))) {
                    return compare(left.get(i), right.get(i));
                }
            }
            return Integer.compare(left.size(), right.size());
        }
        if (a instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.used();
        }
        throw new TemplateException(type(a) + " and " + type(b) + " have no order");
    }

    private static int compareText(String a, String b) {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // Surrogates stand for code points above all other characters.
                return Character.isSurrogate(x) == Character.isSurrogate(y)
                        ? Character.compare(x, y)
                        : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** {@code element in container}. */
    static boolean contains(Object container, Object element) {
        return switch (container) {
            case String text -> {
                if (!(element instanceof String part)) {
                    throw new TemplateException("'in' a string needs a string before it, not " + type(element));
                }
                yield text.contains(part);
            }
            case Map<?, ?> map -> map.keySet().stream().anyMatch(key -> equal(key, element));
            case List<?> list -> list.stream().anyMatch(item -> equal(item, element));
            default -> items(container).stream().anyMatch(item -> equal(item, element));
        };
    }
}
