package dev.paca.bench.speed;

import dev.paca.bench.device.Roof;
import dev.paca.bench.output.Row;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a measurement came to.
 *
 * @param model the model's name
 * @param weights bytes of weights that are read for a token
 * @param last the last repetition, for what is the same in all
 * @param rates tokens a second
 * @param peers the same of peers that have such a measurement, by name
 * @param roof what memory gives
 */
record Outcome(
        String model,
        long weights,
        Setting setting,
        Measurement test,
        Sample last,
        Rates rates,
        Map<String, Rates> peers,
        Roof roof) {
    private static final double MIB = 1 << 20;

    /**
     * The share of the memory's bandwidth that decoding uses, weights being read once a step, or null where there is no such
     * roof.
     */
    @Nullable
    Double roofline() {
        return test.decode() && roof.bandwidth() > 0
                ? rates.median() * ((double) weights / test.sequences() + last.read()) / roof.bandwidth()
                : null;
    }

    /** @param peerNames the columns of peers */
    Row row(List<String> peerNames) {
        List<String> cells = new ArrayList<>(List.of(
                model,
                setting.device().equals("cpu") ? setting.threads() + " threads" : setting.device(),
                setting.kv(),
                test.label(),
                rates.toString(),
                mib(last.held()),
                test.decode() ? mib(last.read()) : "",
                roofline() == null ? "" : String.format(Locale.ROOT, "%.0f%%", 100 * roofline())));
        for (String name : peerNames) {
            Rates peer = peers.get(name);
            cells.add(peer == null ? "" : peer.toString());
            cells.add(peer == null ? "" : rates.over(peer).ratio());
        }
        return new Row(cells, data());
    }

    private Map<String, Json> data() {
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("model", Json.of(model));
        data.put("weightBytes", Json.of(weights));
        data.put("device", Json.of(setting.device()));
        data.put("deviceName", Json.of(roof.device()));
        data.put("threads", Json.of(setting.threads()));
        data.put("batch", Json.of(setting.batch()));
        data.put("ubatch", Json.of(setting.microBatch()));
        data.put("kv", Json.of(setting.kv()));
        data.put("typeK", Json.of(setting.policy().k().name().toLowerCase(Locale.ROOT)));
        data.put("typeV", Json.of(setting.policy().v().name().toLowerCase(Locale.ROOT)));
        data.put("select", Json.of(setting.policy().selection().toString()));
        data.put("evict", Json.of(setting.policy().eviction().toString()));
        data.put("test", Json.of(test.decode() ? "tg" : "pp"));
        data.put("tokens", Json.of(test.tokens()));
        data.put("depth", Json.of(test.depth()));
        data.put("sequences", Json.of(test.sequences()));
        if (test.greedy()) {
            data.put("greedy", Json.of(true));
        }
        data.putAll(rates.data());
        data.put("heldBytes", Json.of(last.held()));
        data.put("readBytes", test.decode() ? Json.of(last.read()) : Json.Null.NULL);
        data.put("bandwidth", roof.bandwidth() > 0 ? Json.of(roof.bandwidth()) : Json.Null.NULL);
        data.put("roofline", roofline() == null ? Json.Null.NULL : Json.of((double) roofline()));
        Map<String, Json> others = new LinkedHashMap<>();
        peers.forEach((name, peer) -> {
            Map<String, Json> other = new LinkedHashMap<>(peer.data());
            other.put("ratio", Json.of(rates.over(peer).median()));
            other.put("ratioSpread", Json.of(rates.over(peer).spread()));
            others.put(name, new Json.Obj(other));
        });
        data.put("peers", new Json.Obj(others));
        return data;
    }

    private static String mib(double bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MIB);
    }
}
