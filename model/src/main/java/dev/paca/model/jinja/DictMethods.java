package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Methods of dicts; those that would change one are refused, as Hugging Face's sandbox does. */
final class DictMethods {
    private DictMethods() {}

    static @Nullable Callable of(Map<?, ?> map, String name) {
        return switch (name) {
            case "get" ->
                args -> {
                    Args.Bound given = args.bind("key", "default");
                    Object value = map.get(given.get("key"));
                    return value == null ? given.get("default", None.NONE) : value;
                };
            case "items" ->
                args -> {
                    args.none();
                    return items(map);
                };
            case "keys" ->
                args -> {
                    args.none();
                    return new ArrayList<Object>(map.keySet());
                };
            case "values" ->
                args -> {
                    args.none();
                    return new ArrayList<Object>(map.values());
                };
            case "copy" ->
                args -> {
                    args.none();
                    return map;
                };
            case "update", "pop", "popitem", "setdefault", "clear" ->
                args -> {
                    throw new TemplateException("." + name + "() would change a dict, which templates may not");
                };
            default -> null;
        };
    }

    /** Pairs of key and value. */
    static List<Object> items(Map<?, ?> map) {
        List<Object> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
        return pairs;
    }
}
