package dev.paca.bench.output;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The forms in which results are printed. */
enum Format {
    /** A table in Markdown, for people. */
    MD,
    /** Every number, one line a result. */
    CSV,
    /** One array of results. */
    JSON,
    /** One result a line: what {@code bench report} reads. */
    JSONL;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Format> of(String label) {
        return Arrays.stream(values()).filter(f -> f.label().equals(label)).findFirst();
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(Format::label).toList();
    }
}
