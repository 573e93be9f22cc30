package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code value[from:to:step]}. */
final class Slices {
    private Slices() {}

    static Object slice(Object of, Object from, Object to, Object step, Budget budget) {
        if (of instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (!(of instanceof String) && !(of instanceof List<?>)) {
            throw new TemplateException(Values.type(of) + " cannot be sliced");
        }
        int stride = step == None.NONE ? 1 : Values.index(step);
        if (stride == 0) {
            throw new TemplateException("the step of a slice cannot be 0");
        }
        int length = Values.length(of);
        int first = bound(from, stride > 0 ? 0 : length - 1, length, stride);
        int last = bound(to, stride > 0 ? length : -1, length, stride);
        if (stride == 1 && of instanceof String text) {
            return last <= first ? "" : budget.made(PythonText.between(text, first, last));
        }
        List<Object> items = Values.items(of);
        List<Object> taken = new ArrayList<>();
        for (long i = first; stride > 0 ? i < last : i > last; i += stride) {
            budget.step();
            taken.add(items.get((int) i));
        }
        if (of instanceof String) {
            StringBuilder text = new StringBuilder();
            taken.forEach(text::append);
            return budget.made(text.toString());
        }
        return of instanceof Tuple ? new Tuple(taken) : taken;
    }

    private static int bound(Object given, int otherwise, int length, int stride) {
        if (given == None.NONE) {
            return otherwise;
        }
        long index = Values.index(given);
        long wrapped = index < 0 ? index + length : index;
        return stride > 0 ? Math.clamp(wrapped, 0, length) : Math.clamp(wrapped, -1, length - 1);
    }
}
