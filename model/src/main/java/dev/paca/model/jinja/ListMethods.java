package dev.paca.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Methods of lists; those that would change one are refused, as Hugging Face's sandbox does. */
final class ListMethods {
    private ListMethods() {}

    static @Nullable Callable of(List<?> list, String name) {
        return switch (name) {
            case "index" ->
                args -> {
                    Object wanted = args.bind("value").get("value");
                    for (int i = 0; i < list.size(); i++) {
                        if (Values.equal(list.get(i), wanted)) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException(".index() finds no such element");
                };
            case "count" ->
                args -> {
                    Object wanted = args.bind("value").get("value");
                    return list.stream()
                            .filter(item -> Values.equal(item, wanted))
                            .count();
                };
            case "copy" ->
                args -> {
                    args.none();
                    return list;
                };
            case "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse" ->
                list instanceof Tuple
                        ? null
                        : args -> {
                            throw new TemplateException("." + name + "() would change a list, which templates may not");
                        };
            default -> null;
        };
    }
}
