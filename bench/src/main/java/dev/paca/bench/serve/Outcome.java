package dev.paca.bench.serve;

import dev.paca.bench.output.Row;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of a trace under a policy.
 *
 * @param clocks of all requests
 * @param preempted how often a session had to give its pages back
 */
record Outcome(List<Clock> clocks, long preempted) {
    /** Requests that were answered. */
    List<Clock> finished() {
        return clocks.stream().filter(c -> c.error() == null).toList();
    }

    /** From the first request to the last token. */
    double seconds() {
        long begin = clocks.stream().mapToLong(Clock::asked).min().orElse(0);
        long end =
                finished().stream().mapToLong(c -> c.tokens().getLast()).max().orElse(begin);
        return (end - begin) / 1e9;
    }

    /** Tokens of answers a second. */
    double rate() {
        int tokens = finished().stream().mapToInt(c -> c.tokens().size()).sum();
        return tokens == 0 ? 0 : tokens / seconds();
    }

    /** From asking to the first token. */
    Times first() {
        return new Times(finished().stream()
                .map(c -> (c.tokens().getFirst() - c.asked()) / 1e9)
                .toList());
    }

    /** From token to token. */
    Times between() {
        List<Double> times = new ArrayList<>();
        for (Clock clock : finished()) {
            for (int i = 1; i < clock.tokens().size(); i++) {
                times.add((clock.tokens().get(i) - clock.tokens().get(i - 1)) / 1e9);
            }
        }
        return new Times(times);
    }

    /** The most requests that had been asked for and had not begun, at any time. */
    int mostWaiting() {
        record Change(long time, int by) {}
        List<Change> changes = new ArrayList<>();
        for (Clock clock : finished()) {
            changes.add(new Change(clock.asked(), 1));
            changes.add(new Change(clock.started(), -1));
        }
        changes.sort(Comparator.comparingLong(Change::time));
        int waiting = 0;
        int most = 0;
        for (Change change : changes) {
            waiting += change.by;
            most = Math.max(most, waiting);
        }
        return most;
    }

    /** @param limit bytes that all caches may hold */
    Row row(String model, String device, int threads, String kv, String trace, long limit) {
        List<String> cells = List.of(
                model,
                kv,
                finished().size() + "/" + clocks.size(),
                String.format(Locale.ROOT, "%.1f", rate()),
                first().toString(),
                between().toString(),
                Integer.toString(mostWaiting()),
                Long.toString(preempted));
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("model", Json.of(model));
        data.put("device", Json.of(device));
        data.put("threads", Json.of(threads));
        data.put("kv", Json.of(kv));
        data.put("trace", Json.of(trace));
        data.put("limitBytes", Json.of(limit));
        data.put("requests", Json.of(clocks.size()));
        data.put("finished", Json.of(finished().size()));
        data.put("seconds", Json.of(seconds()));
        data.put("rate", Json.of(rate()));
        data.put("first", first().data());
        data.put("between", between().data());
        data.put("mostWaiting", Json.of(mostWaiting()));
        data.put("preempted", Json.of(preempted));
        return new Row(cells, data);
    }
}
