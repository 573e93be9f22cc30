package dev.paca.bench.quality;

import dev.paca.model.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Some results of one policy, added up. */
record Row(List<Json.Obj> results) {
    /** Answers that are right at least by half, of those of {@code dense} to the same questions that are: a loss is worth
     * naming from this on. One loss in twenty is what chance does to any change of rounding. */
    private static final double WORTH_NAMING = 0.05;

    private static double number(Json.Obj result, String name) {
        return result.get(name) instanceof Json.Num number ? number.toDouble() : Double.NaN;
    }

    private double sum(String name) {
        return results.stream()
                .mapToDouble(r -> number(r, name))
                .filter(Double::isFinite)
                .sum();
    }

    private double mean(String name) {
        return results.stream()
                .mapToDouble(r -> number(r, name))
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }

    /** How many questions were asked. */
    int asked() {
        return (int) results.stream().filter(r -> r.get("score") != null).count();
    }

    double right() {
        return sum("score");
    }

    /** {@code 19/20 (76–99)}, a perplexity, or nothing where nothing was measured. */
    String score() {
        if (asked() > 0) {
            double right = right();
            return String.format(
                    Locale.ROOT,
                    right == Math.rint(right) ? "%.0f/%d (%s)" : "%.1f/%d (%s)",
                    right,
                    asked(),
                    Interval.of(right, asked()));
        }
        return results.isEmpty() ? "" : String.format(Locale.ROOT, "%.3f", Math.exp(mean("surprise")));
    }

    /** Bytes held, as a share of a dense F16 cache's. */
    String held() {
        return percent(sum("heldBytes") / sum("denseBytes"));
    }

    /** Bytes read in decode, as a share of a dense F16 cache's. */
    String read() {
        return percent(sum("readBytes") / sum("denseReadBytes"));
    }

    /** Milliseconds a token. */
    String time() {
        return format("%.2f", 1000 * mean("secondsPerToken"));
    }

    String divergence() {
        return format("%.4f", mean("divergence"));
    }

    String recall() {
        return percent(mean("recall"));
    }

    String mass() {
        return percent(mean("mass"));
    }

    String error() {
        return percent(mean("error"));
    }

    private static String percent(double share) {
        return format("%.1f%%", 100 * share);
    }

    private static String format(String form, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, form, value) : "";
    }

    /** How it stands beside dense attention on the questions that both were asked. */
    String against(Row dense) {
        ToDoubleFunction<Json.Obj> score = r -> number(r, "score");
        double lost = 0;
        double gained = 0;
        int both = 0;
        for (Json.Obj mine : results) {
            for (Json.Obj other : dense.results) {
                if (mine.get("score") != null && same(mine, other)) {
                    double more = score.applyAsDouble(mine) - score.applyAsDouble(other);
                    lost += Math.max(0, -more);
                    gained += Math.max(0, more);
                    both++;
                }
            }
        }
        if (both == 0) {
            return "";
        }
        String text = String.format(Locale.ROOT, "−%s +%s", count(lost), count(gained));
        return lost - gained > WORTH_NAMING * both ? "**worse** " + text : text;
    }

    private static String count(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.1f", value);
    }

    private static boolean same(Json.Obj a, Json.Obj b) {
        return List.of("task", "length", "seed", "script", "turn").stream()
                .allMatch(name -> java.util.Objects.equals(a.get(name), b.get(name)));
    }
}
