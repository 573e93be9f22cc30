package dev.paca.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paca.bench.device.Roof;
import dev.paca.kv.KvPolicy;
import dev.paca.model.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpeedTest {
    private static final Roof ROOF = new Roof("a processor", 40_000);

    @Test
    void namesTestsAsLlamaBenchDoes() {
        List<Measurement> tests = Measurement.of(List.of(512, 0), List.of(64), List.of(0, 4096), List.of(1, 16), false);
        assertThat(tests.stream().map(Measurement::label))
                .containsExactly("pp512", "tg64", "tg64 × 16", "pp512 @ d4096", "tg64 @ d4096", "tg64 @ d4096 × 16");
        assertThat(Measurement.of(List.of(512), List.of(64), List.of(0), List.of(16), true).stream()
                        .map(Measurement::label))
                .containsExactly("pp512", "tg64 × 16, greedy");
    }

    @Test
    void givesTheMedianAndWhatLiesAroundIt() {
        Rates odd = new Rates(List.of(10.0, 30.0, 20.0));
        assertThat(odd.median()).isEqualTo(20);
        assertThat(odd.spread()).isCloseTo(0.5, within(1e-12));
        assertThat(new Rates(List.of(10.0, 40.0, 20.0, 30.0)).median()).isEqualTo(25);
        assertThat(odd).hasToString("20.0 ± 50%");
    }

    @Test
    void comparesTurnByTurn() {
        Rates ours = new Rates(List.of(10.0, 5.0, 20.0));
        Rates theirs = new Rates(List.of(20.0, 10.0, 40.0));
        assertThat(ours.over(theirs).values()).containsExactly(0.5, 0.5, 0.5);
        assertThat(ours.over(theirs).ratio()).isEqualTo("0.50 ± 0%");
    }

    @Test
    void measuresDecodingByTheMemorysBandwidth() {
        Setting setting = new Setting("cpu", 2, 2048, 512, "dense", KvPolicy.DENSE);
        Sample sample = new Sample(10, 1 << 20, 500);
        Rates rates = new Rates(List.of(10.0));
        Outcome decode =
                new Outcome("m", 1500, setting, new Measurement(8, 0, true, 1, false), sample, rates, Map.of(), ROOF);
        assertThat(decode.roofline()).isEqualTo(0.5);
        assertThat(decode.row(List.of()).cells())
                .containsExactly("m", "2 threads", "dense", "tg8", "10.0 ± 0%", "1.00", "0.00", "50%");
        Outcome four =
                new Outcome("m", 1500, setting, new Measurement(8, 0, true, 4, false), sample, rates, Map.of(), ROOF);
        assertThat(four.roofline()).as("weights are read once for all").isEqualTo(0.21875);
        Outcome prompt =
                new Outcome("m", 1500, setting, new Measurement(8, 0, false, 1, false), sample, rates, Map.of(), ROOF);
        assertThat(prompt.roofline()).as("prompts are bound by arithmetic").isNull();
    }

    @Test
    void leavesAPeersColumnsEmptyThatDidNotTakePart() {
        Setting setting = new Setting("cpu", 2, 2048, 512, "dense", KvPolicy.DENSE);
        Rates rates = new Rates(List.of(10.0));
        Rates peer = new Rates(List.of(20.0));
        Outcome outcome = new Outcome(
                "m",
                1500,
                setting,
                new Measurement(8, 0, true, 1, false),
                new Sample(10, 0, 0),
                rates,
                Map.of("b", peer),
                new Roof("", 0));
        List<String> cells = outcome.row(List.of("a", "b")).cells();
        assertThat(cells.subList(7, cells.size())).containsExactly("", "", "", "20.0 ± 0%", "0.50 ± 0%");
        Json.Obj peers = (Json.Obj) outcome.row(List.of("a", "b")).data().get("peers");
        assertThat(peers.members()).containsOnlyKeys("b");
    }
}
