package dev.paca.bench.serve;

import dev.paca.model.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Times in seconds. */
record Times(List<Double> values) {
    Times {
        values = values.stream().sorted().toList();
    }

    /** The smallest time that so many of all do not exceed (the nearest rank); 0 where there is none. */
    double quantile(double share) {
        return values.isEmpty() ? 0 : values.get(Math.max(0, (int) Math.ceil(share * values.size()) - 1));
    }

    Json data() {
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("p50", Json.of(quantile(0.5)));
        data.put("p95", Json.of(quantile(0.95)));
        data.put("p99", Json.of(quantile(0.99)));
        return new Json.Obj(data);
    }

    /** In milliseconds. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%.0f, %.0f, %.0f", 1000 * quantile(0.5), 1000 * quantile(0.95), 1000 * quantile(0.99));
    }
}
