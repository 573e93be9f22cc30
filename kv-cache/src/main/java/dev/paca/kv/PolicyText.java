package dev.paca.kv;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A policy's parts as they are written on a command line: {@code name} or {@code name:key=value,key=value}. Every error
 * names the part, what was found, and what is known.
 */
public final class PolicyText {
    private PolicyText() {}

    /** A storage, such as {@code f16}. */
    public static Storage storage(String text) {
        return named(text.strip(), "KV storage", Arrays.asList(Storage.values()), PolicyText::name);
    }

    /** A storage as it is written. */
    public static String name(Storage storage) {
        return storage.name().toLowerCase(Locale.ROOT);
    }

    /** A selection, such as {@code quest:budget=1024,layers=2}; its parameters are those of {@link Selection}. */
    public static Selection selection(String text) {
        Parts parts = Parts.of(text, "selection");
        Selection.Method method =
                named(parts.name, "selection", Arrays.asList(Selection.Method.values()), Selection.Method::label);
        if (method == Selection.Method.ALL) {
            parts.done();
            return Selection.ALL;
        }
        Selection usual = Selection.of(method, parts.budget("budget", Budget.tokens(1024)));
        int channels = usual.channels();
        Selection selection = new Selection(
                method,
                usual.budget(),
                parts.layers(usual.denseLayers()),
                parts.number("sinks", usual.sinks()),
                parts.number("window", usual.window()),
                channels == 0 ? 0 : parts.number("channels", channels),
                method == Selection.Method.DOUBLE_SPARSITY ? parts.labels() : null,
                method.choosesTokens() && parts.flag("rows"),
                method.hasBounds() && parts.flag("exact"));
        parts.done();
        return selection;
    }

    /**
     * An eviction, such as {@code snapkv:budget=2048} or {@code ada-snapkv:budget=10%}; its parameters are those of
     * {@link Eviction}. The prefix {@code ada-} lets heads share a layer's budget.
     */
    public static Eviction eviction(String text) {
        Parts parts = Parts.of(text, "eviction");
        boolean adaptive = parts.name.startsWith("ada-");
        Eviction.Method method = named(
                adaptive ? parts.name.substring("ada-".length()) : parts.name,
                "eviction",
                Arrays.asList(Eviction.Method.values()),
                Eviction.Method::label);
        if (method == Eviction.Method.NONE && !adaptive) {
            parts.done();
            return Eviction.NONE;
        }
        Budget budget = parts.budget("budget", Budget.tokens(2048));
        // A budget below the usual window may come with a window of its own.
        Eviction usual = Eviction.of(method, method == Eviction.Method.H2O ? budget : Budget.share(1));
        Eviction eviction = new Eviction(
                method,
                budget,
                parts.number("sinks", usual.sinks()),
                method == Eviction.Method.STREAMING_LLM ? 0 : parts.number("window", usual.window()),
                method.evictsInDecode() ? parts.number("every", usual.every()) : usual.every(),
                method.judgesPrompt() ? parts.number("kernel", usual.kernel()) : usual.kernel(),
                method.judgesPrompt() ? parts.pool("pool", usual.pool()) : usual.pool(),
                usual.history() == 0 ? 0 : parts.number("history", usual.history()),
                parts.share("safeguard", adaptive ? Eviction.USUAL_SAFEGUARD : usual.safeguard()));
        parts.done();
        return eviction;
    }

    /**
     * Several parts at once, joined by {@code +}: {@code quest:budget=1024+snapkv:budget=4096+fp8_e4m3}. A part is a
     * selection, an eviction, a threshold, or a storage for keys and values; it replaces that of {@code otherwise}. Or the
     * name of one of the {@link Presets}, which replaces all but the size of a page.
     */
    public static KvPolicy policy(String text, KvPolicy otherwise) {
        String whole = text.strip();
        List<String> parts =
                Arrays.stream(whole.split("\\+", -1)).map(String::strip).toList();
        if (Presets.names().contains(whole) && (parts.size() > 1 || kind(whole).equals("policy"))) {
            KvPolicy named = Presets.named(whole);
            return new KvPolicy(
                    named.k(), named.v(), otherwise.pageTokens(), named.selection(), named.pruning(), named.eviction());
        }
        Storage k = otherwise.k();
        Storage v = otherwise.v();
        Selection selection = otherwise.selection();
        Pruning pruning = otherwise.pruning();
        Eviction eviction = otherwise.eviction();
        Set<String> kinds = new HashSet<>();
        for (String part : parts) {
            String kind = kind(part);
            if (!kinds.add(kind)) {
                throw new PacaException("The KV policy '" + whole + "' has more than one " + kind + ", found "
                        + name(part) + " besides. Leave all but one out.");
            }
            switch (kind) {
                case "selection" -> selection = selection(part);
                case "eviction" -> eviction = eviction(part);
                case "threshold" -> pruning = pruning(part);
                case "storage" -> k = v = storage(part);
                default -> named(name(part), "part of a KV policy", known(), n -> n);
            }
        }
        return new KvPolicy(k, v, otherwise.pageTokens(), selection, pruning, eviction);
    }

    /** What a part is of, by its name. */
    private static String kind(String part) {
        String name = name(part);
        String method = name.startsWith("ada-") ? name.substring("ada-".length()) : name;
        if (Arrays.stream(Selection.Method.values()).anyMatch(m -> m.label().equals(name))) {
            return "selection";
        }
        if (Arrays.stream(Eviction.Method.values()).anyMatch(m -> m.label().equals(method))) {
            return "eviction";
        }
        if (Arrays.stream(Pruning.Method.values()).anyMatch(m -> m.label().equals(name))) {
            return "threshold";
        }
        return Arrays.stream(Storage.values()).anyMatch(s -> label(s).equals(name)) ? "storage" : "policy";
    }

    private static String name(String part) {
        int colon = part.indexOf(':');
        return (colon < 0 ? part : part.substring(0, colon)).strip();
    }

    private static String label(Storage storage) {
        return storage.name().toLowerCase(Locale.ROOT);
    }

    private static List<String> known() {
        Set<String> names = new LinkedHashSet<>(Presets.names());
        Arrays.stream(Selection.Method.values()).map(Selection.Method::label).forEach(names::add);
        Arrays.stream(Eviction.Method.values()).map(Eviction.Method::label).forEach(names::add);
        Arrays.stream(Pruning.Method.values()).map(Pruning.Method::label).forEach(names::add);
        Arrays.stream(Storage.values()).map(PolicyText::label).forEach(names::add);
        return List.copyOf(names);
    }

    /** A threshold: {@code none}, {@code progressive:0.95}, {@code top-p:0.85}, or a number, which is progressive. */
    public static Pruning pruning(String text) {
        String stripped = text.strip();
        int colon = stripped.indexOf(':');
        if (colon < 0 && !stripped.isEmpty() && (Character.isDigit(stripped.charAt(0)) || stripped.startsWith("."))) {
            return new Pruning(Pruning.Method.PROGRESSIVE, fraction(stripped, text));
        }
        String name = colon < 0 ? stripped : stripped.substring(0, colon);
        Pruning.Method method = named(name, "threshold", Arrays.asList(Pruning.Method.values()), Pruning.Method::label);
        if (method == Pruning.Method.NONE) {
            return Pruning.NONE;
        }
        return new Pruning(method, colon < 0 ? 0.95 : fraction(stripped.substring(colon + 1), text));
    }

    private static double fraction(String number, String text) {
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw new PacaException(
                    "The threshold '" + text + "' is not a share of the attention mass, expected a number"
                            + " such as 0.95, progressive:0.95 or top-p:0.85.");
        }
    }

    /** The constant of a name; an error names the nearest. */
    static <T> T named(String name, String what, List<T> known, Function<T, String> label) {
        for (T each : known) {
            if (label.apply(each).equals(name)) {
                return each;
            }
        }
        String small = name.toLowerCase(Locale.ROOT);
        String nearest = known.stream()
                .map(label)
                .min(Comparator.comparingInt(k -> distance(k, small)))
                .orElseThrow();
        String kind = kind(name);
        String other = kind.equals("policy") ? "" : ", which is " + (kind.equals("eviction") ? "an " : "a ") + kind;
        throw new PacaException("There is no " + what + " '" + name + "'" + other + "; did you mean " + nearest
                + "? Known are "
                + String.join(", ", known.stream().map(label).toList()) + ".");
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** A name and its parameters, of which each is taken once. */
    static final class Parts {
        private final String text;
        private final String what;
        private final String name;
        private final Map<String, String> values = new LinkedHashMap<>();
        private final Map<String, String> taken = new LinkedHashMap<>();

        private Parts(String text, String what, String name) {
            this.text = text;
            this.what = what;
            this.name = name;
        }

        static Parts of(String text, String what) {
            int colon = text.indexOf(':');
            Parts parts = new Parts(text, what, (colon < 0 ? text : text.substring(0, colon)).strip());
            if (colon >= 0) {
                for (String pair : text.substring(colon + 1).split(",")) {
                    int equals = pair.indexOf('=');
                    if (equals < 1) {
                        throw parts.wrong("'" + pair.strip() + "' is no parameter");
                    }
                    String old = parts.values.put(
                            pair.substring(0, equals).strip(),
                            pair.substring(equals + 1).strip());
                    if (old != null) {
                        throw parts.wrong(pair.substring(0, equals).strip() + "= is given twice");
                    }
                }
            }
            return parts;
        }

        String name() {
            return name;
        }

        int number(String key, int usual) {
            String value = take(key, Integer.toString(usual));
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw wrong(key + "=" + value + " is not a whole number");
            }
        }

        /** Dense layers: what stands for a usual share of them cannot be written. */
        int layers(int usual) {
            boolean given = values.containsKey("layers");
            int layers = number("layers", usual);
            if (given && layers < 0) {
                throw wrong("layers=" + layers + " is negative");
            }
            return layers;
        }

        Budget budget(String key, Budget usual) {
            String value = take(key, usual.toString());
            try {
                return value.endsWith("%")
                        ? Budget.share(Double.parseDouble(value.substring(0, value.length() - 1)) / 100)
                        : Budget.tokens(Integer.parseInt(value));
            } catch (NumberFormatException e) {
                throw wrong(key + "=" + value + " is neither a number of tokens nor a share such as 5%");
            }
        }

        double share(String key, double usual) {
            String value = take(key, Double.toString(usual));
            try {
                return Double.parseDouble(value);
            } catch (NumberFormatException e) {
                throw wrong(key + "=" + value + " is not a number");
            }
        }

        Eviction.Pool pool(String key, Eviction.Pool usual) {
            String value = take(key, usual.name().toLowerCase(Locale.ROOT));
            return named(
                    value,
                    key,
                    Arrays.asList(Eviction.Pool.values()),
                    p -> p.name().toLowerCase(Locale.ROOT));
        }

        boolean flag(String key) {
            return switch (take(key, "0")) {
                case "0" -> false;
                case "1" -> true;
                default -> throw wrong(key + "= is neither 0 nor 1");
            };
        }

        @Nullable
        ChannelLabels labels() {
            String file = take("labels", "");
            if (file.isEmpty()) {
                return null;
            }
            try {
                return ChannelLabels.read(Path.of(file));
            } catch (InvalidPathException e) {
                throw wrong("labels=" + file + " is no name of a file");
            }
        }

        private String take(String key, String usual) {
            String value = values.remove(key);
            taken.put(key, usual);
            return value == null ? usual : value;
        }

        /** Refuses what no one took. */
        void done() {
            if (!values.isEmpty()) {
                throw wrong("it has no parameter " + String.join(", ", values.keySet()));
            }
        }

        private PacaException wrong(String found) {
            return new PacaException("In the " + what + " '" + text + "' " + found + ", expected "
                    + (taken.isEmpty() ? name + ":key=value,…" : name + " with " + String.join(", ", taken.keySet()))
                    + ".");
        }
    }
}
