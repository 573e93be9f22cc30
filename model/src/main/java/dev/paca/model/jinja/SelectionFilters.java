package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Filters that look at every element: map, select, reject, their attribute forms, groupby, attr. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("map", SelectionFilters::map);
        all.put("select", (input, args, evaluator) -> select(input, args, evaluator, false, true));
        all.put("reject", (input, args, evaluator) -> select(input, args, evaluator, false, false));
        all.put("selectattr", (input, args, evaluator) -> select(input, args, evaluator, true, true));
        all.put("rejectattr", (input, args, evaluator) -> select(input, args, evaluator, true, false));
        all.put(
                "groupby",
                (input, args, evaluator) ->
                        SequenceFilters.group(input, args.bind("attribute").get("attribute"), evaluator));
        all.put(
                "attr",
                (input, args, evaluator) ->
                        Members.attribute(input, args.bind("name").text("name"), evaluator.budget));
    }

    private static Object map(Object input, Args args, Evaluator evaluator) {
        List<Object> items = elements(input);
        if (args.positional().isEmpty()) {
            Args.Bound given = args.bind("attribute", "default");
            List<Object> values = each(items, given.get("attribute"), evaluator);
            if (given.has("default")) {
                values.replaceAll(value -> value instanceof Undefined ? given.get("default") : value);
            }
            return values;
        }
        String filter = name(args, 0);
        Args rest = rest(args, 1, "the filter '" + filter + "'");
        List<Object> values = new ArrayList<>(items.size());
        for (Object item : items) {
            evaluator.budget.step();
            values.add(evaluator.filter(filter, item, rest));
        }
        return values;
    }

    private static Object select(Object input, Args args, Evaluator evaluator, boolean attribute, boolean wanted) {
        List<Object> items = elements(input);
        int from = attribute ? 1 : 0;
        if (args.positional().size() < from) {
            throw new TemplateException(args.callee() + " needs the name of an attribute");
        }
        List<Object> values = attribute ? each(items, args.positional().getFirst(), evaluator) : items;
        boolean tested = args.positional().size() > from;
        String test = tested ? name(args, from) : "";
        Args rest = rest(args, from + 1, "the test '" + test + "'");
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            evaluator.budget.step();
            Object value = values.get(i);
            if ((tested ? evaluator.test(test, value, rest) : Values.truth(value)) == wanted) {
                kept.add(items.get(i));
            }
        }
        return kept;
    }

    /** Of what is false, none and zero included, there are no elements. */
    private static List<Object> elements(Object input) {
        return Values.truth(input) ? Values.items(input) : List.of();
    }

    private static String name(Args args, int at) {
        if (args.positional().get(at) instanceof String name) {
            return name;
        }
        throw new TemplateException(args.callee() + " needs the name of a filter or test");
    }

    private static Args rest(Args args, int from, String callee) {
        int size = args.positional().size();
        return new Args(
                callee, args.positional().subList(Math.min(from, size), size), new LinkedHashMap<>(args.named()));
    }

    /** Of each element what an attribute like {@code a.b.0} leads to. */
    static List<Object> each(List<Object> items, Object attribute, Evaluator evaluator) {
        List<Object> values = new ArrayList<>(items.size());
        for (Object item : items) {
            evaluator.budget.step();
            Object value = item;
            if (attribute instanceof String path) {
                for (String name : path.split("\\.")) {
                    boolean index = !name.isEmpty()
                            && name.length() < 10
                            && name.chars().allMatch(Character::isDigit);
                    value = Members.item(value, index ? (Object) Long.valueOf(name) : name, evaluator.budget);
                }
            } else {
                value = Members.item(value, attribute, evaluator.budget);
            }
            values.add(value);
        }
        return values;
    }
}
