package dev.paca.model.jinja;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Filters that give text. */
final class TextFilters {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");
    private static final Pattern WORD_BEGIN = Pattern.compile("[-\\s({\\[<]+");
    private static final Pattern TAG = Pattern.compile("(?s)<!--.*?-->|<[^>]*>");

    private TextFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("upper", plain(text -> text.toUpperCase(Locale.ROOT)));
        all.put("lower", plain(text -> text.toLowerCase(Locale.ROOT)));
        all.put("capitalize", plain(PythonText::capitalize));
        all.put("title", plain(TextFilters::title));
        all.put("string", plain(UnaryOperator.identity()));
        all.put("safe", plain(UnaryOperator.identity()));
        all.put("escape", plain(TextFilters::escape));
        all.put("e", plain(TextFilters::escape));
        all.put("forceescape", plain(TextFilters::escape));
        all.put(
                "striptags",
                plain(text -> String.join(" ", words(TAG.matcher(text).replaceAll("")))));
        all.put(
                "urlencode",
                plain(text -> URLEncoder.encode(text, StandardCharsets.UTF_8)
                        .replace("+", "%20")
                        .replace("%2F", "/")
                        .replace("%7E", "~")
                        .replace("*", "%2A")));
        all.put(
                "wordcount",
                (input, args, evaluator) ->
                        WORD.matcher(text(input, evaluator)).results().count());
        all.put("tojson", (input, args, evaluator) -> PythonJson.print(input, args, evaluator.budget));
        all.put("trim", (input, args, evaluator) -> {
            Args.Bound given = args.bind("chars");
            String text = text(input, evaluator);
            return evaluator.budget.made(
                    given.get("chars", None.NONE) == None.NONE
                            ? PythonText.strip(text)
                            : PythonText.strip(text, given.text("chars"), true, true));
        });
        all.put(
                "center",
                (input, args, evaluator) -> Texts.center(
                        text(input, evaluator), args.bind("width").integer("width", 80), evaluator.budget));
        all.put("replace", (input, args, evaluator) -> {
            Args.Bound given = args.bind("old", "new", "count");
            int count = given.get("count", None.NONE) == None.NONE ? -1 : given.integer("count", -1);
            String old = Printer.text(given.get("old"), evaluator.budget);
            String by = Printer.text(given.get("new"), evaluator.budget);
            return Texts.replace(text(input, evaluator), old, by, count, evaluator.budget);
        });
        all.put("indent", TextFilters::indent);
        all.put(
                "format",
                (input, args, evaluator) -> Percent.format(
                        text(input, evaluator),
                        args.named().isEmpty() ? args.positional() : List.of(),
                        args.named().isEmpty() ? new Tuple(args.positional()) : args.named(),
                        evaluator.budget));
        all.put("truncate", TextFilters::truncate);
        all.put("join", (input, args, evaluator) -> {
            Args.Bound given = args.bind("d", "attribute");
            List<Object> items = Values.items(input);
            if (given.has("attribute")) {
                items = SelectionFilters.each(items, given.get("attribute"), evaluator);
            }
            return Texts.join(items, Printer.text(given.get("d", ""), evaluator.budget), false, evaluator.budget);
        });
    }

    private static Filters.Filter plain(UnaryOperator<String> operator) {
        return (input, args, evaluator) -> {
            args.none();
            return evaluator.budget.made(operator.apply(text(input, evaluator)));
        };
    }

    private static String text(Object value, Evaluator evaluator) {
        return Printer.text(value, evaluator.budget);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        var between = WORD_BEGIN.matcher(text);
        int from = 0;
        while (between.find()) {
            out.append(PythonText.capitalize(text.substring(from, between.start())))
                    .append(between.group());
            from = between.end();
        }
        return out.append(PythonText.capitalize(text.substring(from))).toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split("\\s+")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static Object indent(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("width", "first", "blank");
        Object width = given.get("width", 4L);
        if (!(width instanceof String) && Values.integer(width) > 10_000) {
            throw new TemplateException("the filter 'indent' is wider than 10000 characters");
        }
        String by = width instanceof String text ? text : " ".repeat(Math.max(0, Values.index(width)));
        return Texts.indent(
                text(input, evaluator), by, given.truth("first", false), given.truth("blank", false), evaluator.budget);
    }

    private static Object truncate(Object input, Args args, Evaluator evaluator) {
        Args.Bound given = args.bind("length", "killwords", "end", "leeway");
        String text = text(input, evaluator);
        String end = given.text("end", "...");
        int length = given.integer("length", 255);
        if (PythonText.length(text) <= (long) length + given.integer("leeway", 5)) {
            return text;
        }
        int room = Math.max(0, Math.min(length - PythonText.length(end), PythonText.length(text)));
        String cut = PythonText.between(text, 0, room);
        if (!given.truth("killwords", false) && cut.lastIndexOf(' ') >= 0) {
            cut = cut.substring(0, cut.lastIndexOf(' '));
        }
        return evaluator.budget.made(cut + end);
    }
}
