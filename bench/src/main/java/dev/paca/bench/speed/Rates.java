package dev.paca.bench.speed;

import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Numbers of several repetitions: tokens per second, or ratios of them. */
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

    /** Turn by turn, by what took turns with it: what slows both down for a while does not count. */
    Rates over(Rates others) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            ratios.add(values.get(i) / others.values.get(i));
        }
        return new Rates(ratios);
    }

    /** As members of a result. */
    Map<String, Json> data() {
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("rate", Json.of(median()));
        data.put("spread", Json.of(spread()));
        data.put(
                "rates",
                new Json.Arr(values.stream().map(v -> Json.of((double) v)).toList()));
        return data;
    }

    /** For numbers that lie around 1. */
    String ratio() {
        return String.format(Locale.ROOT, "%.2f ± %.0f%%", median(), 100 * spread());
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f ± %.0f%%", median(), 100 * spread());
    }
}
