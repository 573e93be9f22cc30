package dev.paca.model.jinja;

/** Python's {@code str.format}, with fields by order, index and name, and without format specifications. */
final class Braces {
    private Braces() {}

    static String format(String format, Args args, Budget budget) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i++;
            } else if (c == '{') {
                int close = format.indexOf('}', i);
                String field = close < 0 ? "" : format.substring(i + 1, close);
                if (close < 0 || field.chars().anyMatch(x -> ":!.[{".indexOf(x) >= 0)) {
                    throw new TemplateException(
                            ".format() supports only {}, {0} and {name}, found " + format.substring(i));
                }
                String text = Printer.text(field.isEmpty() ? at(next++, args) : value(field, args), budget);
                out.append(budget.made(text));
                i = close;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static Object value(String field, Args args) {
        if (field.length() < 6 && field.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return at(Integer.parseInt(field), args);
        }
        Object value = args.named().get(field);
        if (value == null) {
            throw new TemplateException(".format() finds no value for {" + field + "}");
        }
        return value;
    }

    private static Object at(int index, Args args) {
        if (index >= args.positional().size()) {
            throw new TemplateException(".format() finds no value for field " + index);
        }
        return args.positional().get(index);
    }
}
