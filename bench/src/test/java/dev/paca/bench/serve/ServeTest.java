package dev.paca.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeTest {
    @TempDir
    private Path folder;

    @Test
    void makesTracesFromTheirSeedsAlone() {
        assertThat(Trace.synthetic(50, 2, 512, 128, 1)).isEqualTo(Trace.synthetic(50, 2, 512, 128, 1));
        assertThat(Trace.synthetic(50, 2, 512, 128, 1).requests())
                .isNotEqualTo(Trace.synthetic(50, 2, 512, 128, 2).requests());
    }

    @Test
    void hasTheRateAndTheLengthsThatWereAskedFor() {
        List<Request> requests = Trace.synthetic(4000, 2, 512, 128, 7).requests();
        // 4000 gaps of half a second on average: the sum's deviation is 32 seconds.
        assertThat(requests.getLast().arrival()).isCloseTo(2000, within(150.0));
        assertThat(requests).isSortedAccordingTo((a, b) -> Double.compare(a.arrival(), b.arrival()));
        assertThat(median(requests.stream().mapToInt(Request::prompt))).isCloseTo(512, within(25));
        assertThat(median(requests.stream().mapToInt(Request::output))).isCloseTo(128, within(7));
        assertThat(requests).allMatch(r -> r.prompt() >= 1 && r.prompt() <= 2048);
        assertThat(Trace.synthetic(3, 0, 1, 1, 1).requests()).allMatch(r -> r.arrival() == 0);
    }

    private static int median(IntStream lengths) {
        int[] sorted = lengths.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    @Test
    void readsTracesFromFiles() throws IOException {
        Path file = Files.writeString(
                folder.resolve("trace.csv"), "arrival,prompt,output\n# later\n2.5, 10, 3\n\n0,20,4\n");
        assertThat(Trace.of(file))
                .isEqualTo(new Trace("trace.csv", List.of(new Request(0, 20, 4), new Request(2.5, 10, 3))));
    }

    @Test
    void saysWhichLineIsWrong() throws IOException {
        for (String line : new String[] {"1,2", "a,b,3", "-1,2,3", "1,0,3", "1,2,3,4", "NaN,1,1", "1,2.5,3"}) {
            Path file = Files.writeString(folder.resolve("trace.csv"), "0,1,1\n" + line + "\n");
            assertThatThrownBy(() -> Trace.of(file))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("line 2")
                    .hasMessageContaining("'" + line + "'");
        }
        Path empty = Files.writeString(folder.resolve("empty.csv"), "arrival,prompt,output\n");
        assertThatThrownBy(() -> Trace.of(empty)).hasMessageContaining("no requests");
        assertThatThrownBy(() -> Trace.of(folder.resolve("none"))).hasMessageContaining("none cannot be read");
    }

    @Test
    void takesTheNearestRank() {
        Times times =
                new Times(IntStream.rangeClosed(1, 100).asDoubleStream().boxed().toList());
        assertThat(times.quantile(0.5)).isEqualTo(50);
        assertThat(times.quantile(0.95)).isEqualTo(95);
        assertThat(times.quantile(0.99)).isEqualTo(99);
        assertThat(new Times(List.of(3.0)).quantile(0.99)).isEqualTo(3);
        assertThat(new Times(List.of(0.002, 0.001, 0.004))).hasToString("2, 4, 4");
        assertThat(new Times(List.of()).quantile(0.5)).isZero();
    }
}
