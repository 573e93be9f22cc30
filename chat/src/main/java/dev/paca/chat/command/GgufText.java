package dev.paca.chat.command;

import dev.paca.chat.terminal.Units;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Metadata;
import dev.paca.model.gguf.Tensor;
import dev.paca.model.gguf.Value;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A GGUF file as text: what it is, its metadata, its tensors. */
final class GgufText {
    private static final int SHORT_TEXT = 100;
    private static final int SHORT_ARRAY = 6;

    private final Gguf gguf;
    private final boolean full;
    private final StringBuilder text = new StringBuilder();

    /** @param full whether long values are shown whole */
    GgufText(Gguf gguf, boolean full) {
        this.gguf = gguf;
        this.full = full;
    }

    String text() {
        summary();
        text.append(String.format("%nmetadata%n"));
        for (String key : gguf.metadata().keys()) {
            gguf.metadata()
                    .value(key)
                    .ifPresent(value -> text.append(String.format("  %s = %s%n", key, show(key, value))));
        }
        tensors();
        return text.toString();
    }

    private void summary() {
        Metadata m = gguf.metadata();
        String architecture = m.string("general.architecture", "unknown");
        line("file", gguf.name() + ", GGUF version " + gguf.version() + ", " + Units.bytes(gguf.bytes()));
        line("model", m.string("general.name", "without a name") + ", architecture " + architecture);
        long parameters =
                gguf.tensors().values().stream().mapToLong(Tensor::elements).sum();
        line("parameters", Units.count(parameters) + " in " + gguf.tensors().size() + " tensors: " + types());
        number("context", architecture + ".context_length", " tokens");
        number("layers", architecture + ".block_count", "");
        number("width", architecture + ".embedding_length", "");
        number("heads", architecture + ".attention.head_count", "");
        number("KV heads", architecture + ".attention.head_count_kv", "");
        if (m.has("tokenizer.ggml.model")) {
            line("tokenizer", m.string("tokenizer.ggml.model") + " " + m.string("tokenizer.ggml.pre", ""));
        }
        line("template", m.has("tokenizer.chat_template") ? "yes" : "no");
    }

    private void number(String subject, String key, String unit) {
        gguf.metadata().value(key).ifPresent(value -> line(subject, show(key, value) + unit));
    }

    private void line(String subject, String value) {
        text.append(String.format("%-12s%s%n", subject, value));
    }

    private String types() {
        Map<GgmlType, Long> counts = new EnumMap<>(GgmlType.class);
        gguf.tensors().values().forEach(tensor -> counts.merge(tensor.type(), tensor.elements(), Long::sum));
        return counts.entrySet().stream()
                .map(e -> e.getKey() + " " + Units.count(e.getValue()))
                .collect(Collectors.joining(", "));
    }

    private void tensors() {
        text.append(String.format("%ntensors%n"));
        int longest =
                gguf.tensors().keySet().stream().mapToInt(String::length).max().orElse(0);
        for (Tensor tensor : gguf.tensors().values()) {
            text.append(String.format(
                    "  %-" + Math.max(1, longest) + "s  %-5s %-16s %10s%n",
                    printable(tensor.name()),
                    tensor.type(),
                    tensor.shapeText(),
                    Units.bytes(tensor.data().byteSize())));
        }
    }

    private String show(String key, Value value) {
        return switch (value) {
            case Value.Whole whole ->
                switch (whole.type()) {
                    case UINT64 -> Long.toUnsignedString(whole.value());
                    default -> Long.toString(whole.value());
                };
            case Value.Real real -> Float.toString((float) real.value());
            case Value.Flag flag -> Boolean.toString(flag.value());
            case Value.Text t -> quoted(t.value());
            case Value.Items items -> items(key, items);
            case Value.Nested nested -> "an array of " + nested.items().size() + " arrays";
        };
    }

    private String items(String key, Value.Items items) {
        int shown = full ? items.count() : Math.min(SHORT_ARRAY, items.count());
        Metadata m = gguf.metadata();
        StringBuilder s = new StringBuilder("[");
        String[] texts = switch (items.element()) {
            case STRING ->
                java.util.Arrays.stream(m.strings(key))
                        .limit(shown)
                        .map(this::quoted)
                        .toArray(String[]::new);
            case FLOAT32, FLOAT64 -> {
                float[] floats = m.floats(key);
                String[] t = new String[shown];
                for (int i = 0; i < shown; i++) {
                    t[i] = Float.toString(floats[i]);
                }
                yield t;
            }
            case UINT8, INT8, UINT16, INT16, UINT32, INT32 ->
                java.util.Arrays.stream(m.ints(key))
                        .limit(shown)
                        .mapToObj(Integer::toString)
                        .toArray(String[]::new);
            default -> new String[0];
        };
        s.append(String.join(", ", texts));
        if (texts.length < items.count()) {
            s.append(texts.length == 0 ? "… " : ", … ").append(items.count()).append(" in all");
        }
        return s.append(']').toString();
    }

    private String quoted(String s) {
        int end = full || s.length() <= SHORT_TEXT ? s.length() : SHORT_TEXT;
        return "\"" + printable(s.substring(0, end)) + "\""
                + (end < s.length() ? "… (" + s.length() + " characters)" : "");
    }

    /** Line breaks and control characters as escapes: a file must not write to the terminal what it likes. */
    static String printable(String s) {
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '\n') {
                out.append("\\n");
            } else if (Character.isISOControl(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
