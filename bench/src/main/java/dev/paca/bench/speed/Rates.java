package dev.paca.bench.speed;

import java.util.List;
import java.util.Locale;

/** Tokens per second of several repetitions. */
record Rates(List<Double> values) {
    Rates {
        values = List.copyOf(values);
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return n % 2 == 1 ? sorted.get(n / 2) : (sorted.get(n / 2 - 1) + sorted.get(n / 2)) / 2;
    }

    /** Half the distance between the largest and the smallest, over the median: what noise can be told from so few. */
    double spread() {
        double least = values.stream().mapToDouble(v -> v).min().orElse(0);
        double most = values.stream().mapToDouble(v -> v).max().orElse(0);
        return (most - least) / 2 / median();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f ± %.0f%%", median(), 100 * spread());
    }
}
