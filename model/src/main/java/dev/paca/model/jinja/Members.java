package dev.paca.model.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code value.name} and {@code value[index]} are: a method first in the one, an element first in the other. */
final class Members {
    private Members() {}

    static Object attribute(Object of, String name, Budget budget) {
        Object method = method(of, name, budget);
        if (method != null) {
            return method;
        }
        return switch (of) {
            case Undefined undefined -> throw undefined.used();
            case Map<?, ?> map -> {
                Object value = map.get(name);
                yield value == null ? missing(of, name) : value;
            }
            default -> missing(of, name);
        };
    }

    static Object item(Object of, Object index, Budget budget) {
        if (of instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (of instanceof Map<?, ?> map) {
            Object value = map.get(index);
            if (value != null) {
                return value;
            }
        } else if (index instanceof Long || index instanceof Boolean) {
            return element(of, Values.integer(index));
        }
        if (index instanceof String name) {
            Object method = method(of, name, budget);
            return method == null ? missing(of, name) : method;
        }
        return missing(of, Printer.repr(index, budget));
    }

    private static Object element(Object of, long index) {
        int length = of instanceof List<?> || of instanceof String ? Values.length(of) : 0;
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return missing(of, Long.toString(index));
        }
        return of instanceof List<?> list
                ? list.get((int) at)
                : PythonText.between((String) of, (int) at, (int) at + 1);
    }

    private static @Nullable Object method(Object of, String name, Budget budget) {
        return switch (of) {
            case String text -> StringMethods.of(text, name, budget);
            case List<?> list -> ListMethods.of(list, name);
            case Map<?, ?> map -> DictMethods.of(map, name);
            case Namespace namespace -> namespace.members.get(name);
            case Loop loop -> loop.attribute(name);
            default -> null;
        };
    }

    private static Undefined missing(Object of, String name) {
        return new Undefined(Values.type(of) + " has no element '" + name + "'");
    }
}
