package dev.paca.model.jinja;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** What follows a bar. */
final class Filters {
    /** Makes a value of a value. */
    @FunctionalInterface
    interface Filter {
        Object apply(Object input, Args args, Evaluator evaluator);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new LinkedHashMap<>();
        TextFilters.register(all);
        NumberFilters.register(all);
        SequenceFilters.register(all);
        SelectionFilters.register(all);
        return Map.copyOf(all);
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Filter named(String name) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new TemplateException("the filter '" + name + "' is not supported (supported: "
                    + String.join(", ", new TreeSet<>(ALL.keySet())) + ")");
        }
        return filter;
    }
}
