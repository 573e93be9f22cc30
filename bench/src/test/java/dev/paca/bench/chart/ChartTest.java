package dev.paca.bench.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ChartTest {
    @Test
    void writesNumbersAsPeopleReadThem() {
        assertThat(Units.bytes(0)).isEqualTo("0 B");
        assertThat(Units.bytes(17.25 * (1 << 20))).isEqualTo("17.3 MiB");
        assertThat(Units.bytes(1020L << 20)).isEqualTo("1 GiB");
        assertThat(Units.tokens(4096)).isEqualTo("4k");
        assertThat(Units.tokens(0)).isEqualTo("0");
        assertThat(Units.tokens(4000)).isEqualTo("4000");
        assertThat(Units.percent(0.0627)).isEqualTo("6.3%");
        assertThat(Units.percent(1)).isEqualTo("100%");
        assertThat(Units.percent(0.00123)).isEqualTo("0.12%");
        assertThat(Units.seconds(0.34)).isEqualTo("340 ms");
        assertThat(Units.number(1040.4)).isEqualTo("1040");
        assertThat(Units.number(100)).isEqualTo("100");
    }

    @Test
    void marksRoundNumbers() {
        assertThat(Axis.linear("", 1040, Units::number).ticks()).containsExactly(0.0, 500.0, 1000.0, 1500.0);
        assertThat(Axis.linear("", 20, Units::number).ticks()).containsExactly(0.0, 5.0, 10.0, 15.0, 20.0);
        double mib = 1 << 20;
        assertThat(Axis.bytes("", 100 * mib).ticks()).containsExactly(0.0, 32 * mib, 64 * mib, 96 * mib, 128 * mib);
        assertThat(new Axis.Logarithmic("", 0.03, 1, Units::percent)
                        .ticks().stream().map(Units::percent))
                .containsExactly("5%", "10%", "20%", "50%", "100%");
        assertThat(new Axis.Logarithmic("", 0.001, 1, Units::percent).ticks()).hasSize(4);
    }

    @Test
    void putsValuesInTheirPlaces() {
        assertThat(Axis.linear("", 10, Units::number).place(5)).isCloseTo(0.5, within(0.1));
        Axis logarithmic = new Axis.Logarithmic("", 0.01, 1, Units::percent);
        assertThat(logarithmic.place(0.1)).isCloseTo(0.5, within(1e-9));
        Axis steps = new Axis.Steps("", List.of(0.0, 1024.0, 65536.0), Units::tokens);
        assertThat(steps.place(1024)).isEqualTo(0.5);
        assertThat(new Axis.Steps("", List.of(7.0), Units::tokens).place(7)).isEqualTo(0.5);
    }

    @Test
    void drawsEachPointWithWhatItSays() {
        Series series =
                new Series("a<b", 9, false, List.of(new Point(0, 5, 4, 6, "five"), new Point(1, 10, 10, 10, "ten")));
        Plot plot = new Plot(
                "\"speed\"",
                new Axis.Steps("tokens", List.of(0.0, 1.0), Units::tokens),
                Axis.linear("t/s", 10, Units::number),
                List.of(series));
        String svg = plot.svg(560);
        assertThat(svg)
                .contains("aria-label=\"&quot;speed&quot;\"")
                .contains("<title>a&lt;b: five</title>")
                .contains("<title>a&lt;b: ten</title>")
                .contains("class=\"curve c1\"")
                .as("the second round of colours has squares")
                .contains("<polygon")
                .doesNotContain("<circle");
        assertThat(svg.split("class=\"range c1\"", -1))
                .as("one range is more than a point")
                .hasSize(2);
        assertThat(plot.svg(340)).as("no room for names").doesNotContain("class=\"name");
    }

    @Test
    void keepsNamesAtLineEndsApart() {
        List<Series> series = List.of("a", "b", "c").stream()
                .map(name -> new Series(name, 0, false, List.of(new Point(0, 10, 10, 10, ""))))
                .toList();
        Plot plot = new Plot(
                "", new Axis.Steps("", List.of(0.0), Units::tokens), Axis.linear("", 10, Units::number), series);
        List<Double> heights = Pattern.compile("y=\"([0-9.]+)\" text-anchor=\"start\" class=\"name")
                .matcher(plot.svg(560))
                .results()
                .map(match -> Double.parseDouble(match.group(1)))
                .sorted()
                .toList();
        assertThat(heights).hasSize(3);
        assertThat(heights.get(1) - heights.get(0)).isGreaterThan(12);
        assertThat(heights.get(2) - heights.get(1)).isGreaterThan(12);
    }

    @Test
    void drawsBarsToTheirScale() {
        Bars bars = new Bars("b", 4, List.of(new Bars.Bar("half", 2, "2", 0, "two of four")));
        assertThat(bars.svg(476)).contains("width=\"200.0\" height=\"14.0\" rx=\"3\" class=\"bar c0\"");
    }
}
