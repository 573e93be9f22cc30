package dev.paca.model.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions that every template knows, those that Hugging Face adds included. */
final class Globals {
    /** As the reference's sandbox allows. */
    private static final int RANGE = 100_000;

    private Globals() {}

    static void define(Scope scope, Clock clock, Budget budget) {
        scope.set("range", (Callable) args -> range(args, budget));
        scope.set("dict", (Callable) args -> {
            Map<Object, Object> dict = new LinkedHashMap<>();
            if (!args.positional().isEmpty() && args.positional().getFirst() instanceof Map<?, ?> from) {
                dict.putAll(from);
            }
            dict.putAll(args.named());
            return dict;
        });
        scope.set("namespace", (Callable) args -> {
            Namespace namespace = new Namespace();
            if (!args.positional().isEmpty() && args.positional().getFirst() instanceof Map<?, ?> from) {
                from.forEach((key, value) -> namespace.members.put(String.valueOf(key), value));
            }
            namespace.members.putAll(args.named());
            return namespace;
        });
        scope.set("raise_exception", (Callable) args -> {
            throw new TemplateException(
                    "the template says: " + Printer.text(args.bind("message").get("message"), budget));
        });
        scope.set("strftime_now", (Callable)
                args -> budget.made(Strftime.format(args.bind("format").text("format"), ZonedDateTime.now(clock))));
    }

    private static List<Object> range(Args args, Budget budget) {
        int given = args.positional().size();
        Args.Bound bound = given == 1 ? args.bind("stop") : args.bind("start", "stop", "step");
        long start = given == 1 ? 0 : Values.integer(bound.get("start"));
        long stop = Values.integer(bound.get("stop"));
        long step = Values.integer(bound.get("step", 1L));
        if (step == 0) {
            throw new TemplateException("range() needs a step that is not 0");
        }
        double count = Math.ceil(((double) stop - start) / step);
        if (count > RANGE) {
            throw new TemplateException("range() gives at most " + RANGE + " numbers");
        }
        budget.steps(Math.max(0, (long) count));
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            numbers.add(i);
        }
        return numbers;
    }
}
