package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that order and cut sequences. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("default", SequenceFilters::otherwise);
        all.put("d", SequenceFilters::otherwise);
        all.put("first", (input, args, evaluator) -> {
            args.none();
            List<Object> items = Values.items(input);
            return items.isEmpty() ? new Undefined("an empty sequence has no first element") : items.getFirst();
        });
        all.put("last", (input, args, evaluator) -> {
            args.none();
            List<Object> items = Values.items(input);
            return items.isEmpty() ? new Undefined("an empty sequence has no last element") : items.getLast();
        });
        all.put("list", (input, args, evaluator) -> {
            args.none();
            return Values.items(input);
        });
        all.put("items", (input, args, evaluator) -> {
            args.none();
            return switch (input) {
                case Map<?, ?> map -> DictMethods.items(map);
                case Undefined undefined -> List.of();
                default -> throw new TemplateException("the filter 'items' needs a dict, not " + Values.type(input));
            };
        });
        all.put("reverse", (input, args, evaluator) -> {
            args.none();
            List<Object> items = new ArrayList<>(Values.items(input));
            Collections.reverse(items);
            return input instanceof String ? Texts.join(items, "", true, evaluator.budget) : items;
        });
        all.put("sort", (input, args, evaluator) -> {
            Args.Bound given = args.bind("reverse", "case_sensitive", "attribute");
            Comparator<Object> order =
                    order(given.truth("case_sensitive", false), given.get("attribute", None.NONE), evaluator);
            List<Object> items = new ArrayList<>(Values.items(input));
            items.sort(given.truth("reverse", false) ? order.reversed() : order);
            return items;
        });
        all.put("dictsort", SequenceFilters::sortDict);
        all.put("unique", (input, args, evaluator) -> {
            Args.Bound given = args.bind("case_sensitive", "attribute");
            Comparator<Object> order =
                    order(given.truth("case_sensitive", false), given.get("attribute", None.NONE), evaluator);
            List<Object> kept = new ArrayList<>();
            for (Object item : Values.items(input)) {
                if (kept.stream().noneMatch(other -> same(order, item, other))) {
                    evaluator.budget.steps(kept.size());
                    kept.add(item);
                }
            }
            return kept;
        });
        all.put("min", (input, args, evaluator) -> extreme(input, args, evaluator, -1));
        all.put("max", (input, args, evaluator) -> extreme(input, args, evaluator, 1));
        all.put("batch", SequenceFilters::batch);
        all.put("slice", SequenceFilters::slice);
    }

    private static Object otherwise(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("default_value", "boolean");
        boolean missing = input instanceof Undefined || (given.truth("boolean", false) && !Values.truth(input));
        return missing ? given.get("default_value", "") : input;
    }

    private static boolean same(Comparator<Object> order, Object a, Object b) {
        try {
            return order.compare(a, b) == 0;
        } catch (TemplateException e) {
            return Values.equal(a, b);
        }
    }

    private static Comparator<Object> order(boolean caseSensitive, Object attribute, Evaluator evaluator) {
        return (a, b) -> {
            evaluator.budget.step();
            List<Object> keys =
                    attribute == None.NONE ? List.of(a, b) : SelectionFilters.each(List.of(a, b), attribute, evaluator);
            return Values.compare(key(keys.get(0), caseSensitive), key(keys.get(1), caseSensitive));
        };
    }

    private static Object key(Object value, boolean caseSensitive) {
        return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
    }

    private static Object extreme(Object input, Args args, Evaluator evaluator, int sign) {
        Args.Bound given = args.bind("case_sensitive", "attribute");
        Comparator<Object> order =
                order(given.truth("case_sensitive", false), given.get("attribute", None.NONE), evaluator);
        Object best = new Undefined("an empty sequence has no least and no greatest element");
        for (Object item : Values.items(input)) {
            if (best instanceof Undefined || Integer.signum(order.compare(item, best)) == sign) {
                best = item;
            }
        }
        return best;
    }

    private static Object sortDict(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("case_sensitive", "by", "reverse");
        if (!(input instanceof Map<?, ?> map)) {
            throw new TemplateException("the filter 'dictsort' needs a dict, not " + Values.type(input));
        }
        long by = given.text("by", "key").equals("value") ? 1 : 0;
        List<Object> pairs = new ArrayList<>(DictMethods.items(map));
        Comparator<Object> order = order(given.truth("case_sensitive", false), by, evaluator);
        pairs.sort(given.truth("reverse", false) ? order.reversed() : order);
        return pairs;
    }

    private static Object batch(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("linecount", "fill_with");
        int size = Math.max(1, given.integer("linecount", 1));
        List<Object> items = Values.items(input);
        List<Object> batches = new ArrayList<>();
        for (long from = 0; from < items.size(); from += size) {
            List<Object> batch = new ArrayList<>(items.subList((int) from, (int) Math.min(items.size(), from + size)));
            if (given.get("fill_with", None.NONE) != None.NONE) {
                evaluator.budget.steps((long) size - batch.size());
                while (batch.size() < size) {
                    batch.add(given.get("fill_with"));
                }
            }
            batches.add(batch);
        }
        return batches;
    }

    private static Object slice(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("slices", "fill_with");
        int count = Math.max(1, given.integer("slices", 1));
        evaluator.budget.steps(count);
        List<Object> items = Values.items(input);
        List<Object> slices = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            int size = items.size() / count + (i < items.size() % count ? 1 : 0);
            List<Object> slice = new ArrayList<>(items.subList(from, from + size));
            from += size;
            if (given.get("fill_with", None.NONE) != None.NONE && i >= items.size() % count) {
                slice.add(given.get("fill_with"));
            }
            slices.add(slice);
        }
        return slices;
    }

    /** Groups by a key's order: a tuple of the key and its elements each, also known as grouper and list. */
    static Object group(Object input, Object attribute, Evaluator evaluator) {
        Comparator<Object> order = order(false, attribute, evaluator);
        List<Object> items = new ArrayList<>(Values.items(input));
        items.sort(order);
        List<Object> groups = new ArrayList<>();
        for (int from = 0; from < items.size(); ) {
            int to = from + 1;
            while (to < items.size() && order.compare(items.get(from), items.get(to)) == 0) {
                to++;
            }
            Object key = SelectionFilters.each(List.of(items.get(from)), attribute, evaluator)
                    .getFirst();
            groups.add(Tuple.of(key, new ArrayList<>(items.subList(from, to))));
            from = to;
        }
        return groups;
    }
}
