package dev.paca.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}; called, it loops over further items in a recursive loop. */
final class Loop implements Callable {
    private final List<Object> items;
    private final int depth;
    private final @Nullable Callable again;
    private int index;
    private @Nullable Object last;

    Loop(List<Object> items, int depth, @Nullable Callable again) {
        this.items = items;
        this.depth = depth;
        this.again = again;
    }

    void at(int index) {
        this.index = index;
    }

    int depth() {
        return depth;
    }

    @Nullable
    Object attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) size - index;
            case "revindex0" -> size - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == size - 1;
            case "length" -> (long) size;
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" -> index < size - 1 ? items.get(index + 1) : new Undefined("there is no next item");
            case "cycle" ->
                (Callable) args -> {
                    if (args.positional().isEmpty()) {
                        throw new TemplateException("loop.cycle() needs values");
                    }
                    return args.positional().get(index % args.positional().size());
                };
            case "changed" ->
                (Callable) args -> {
                    Object now = new Tuple(args.positional());
                    boolean changed = last == null || !Values.equal(last, now);
                    last = now;
                    return changed;
                };
            default -> null;
        };
    }

    @Override
    public Object call(Args args) {
        if (again == null) {
            throw new TemplateException("loop() works only in a loop marked 'recursive'");
        }
        return again.call(args);
    }
}
