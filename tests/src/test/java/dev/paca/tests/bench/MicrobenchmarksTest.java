package dev.paca.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.bench.jmh.Checked;
import dev.paca.bench.jmh.Microbenchmarks;
import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;

/** Sets every benchmark up for each value of each parameter, which checks its result; the others keep their first values. */
class MicrobenchmarksTest {
    /** Sizes that only make the same take longer. */
    private static final Map<String, String> SMALLER = Map.of("rows", "160", "length", "527");

    static Stream<Class<? extends Checked>> all() {
        return Microbenchmarks.ALL.stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void computesWhatTheDefinitionSays(Class<? extends Checked> type) {
        for (Map<String, String> values : settings(type)) {
            assertThatCode(() -> {
                        Checked benchmark = Microbenchmarks.of(type, values);
                        try {
                            benchmark.setUp();
                            assertThat(benchmark.bytes()).isNotNegative();
                        } finally {
                            benchmark.tearDown();
                        }
                    })
                    .as("%s %s", type.getSimpleName(), values)
                    .doesNotThrowAnyException();
        }
    }

    private static List<Map<String, String>> settings(Class<? extends Checked> type) {
        Map<String, List<String>> parameters = Microbenchmarks.parameters(type);
        Map<String, String> first = new LinkedHashMap<>();
        parameters.forEach((name, values) -> first.put(name, SMALLER.getOrDefault(name, values.getFirst())));
        List<Map<String, String>> settings = new ArrayList<>(List.of(first));
        parameters.forEach((name, values) -> {
            if (!SMALLER.containsKey(name)) {
                for (String value : values.subList(1, values.size())) {
                    Map<String, String> other = new LinkedHashMap<>(first);
                    other.put(name, value);
                    settings.add(other);
                }
            }
        });
        return settings;
    }

    @ParameterizedTest
    @MethodSource("all")
    void isTimedByJmh(Class<? extends Checked> type) {
        assertThat(type.getMethods()).anyMatch(method -> method.isAnnotationPresent(Benchmark.class));
        assertThat(getClass().getClassLoader().getResource("META-INF/BenchmarkList"))
                .as("what JMH's processor makes")
                .isNotNull();
    }

    @Test
    void noticesAWrongResult() {
        float[] right = {1, 2, 3};
        Checked.agree("It", new float[] {1, 2, 3.0001f}, right, 1e-3);
        assertThatThrownBy(() -> Checked.agree("It", new float[] {1, 2, 4}, right, 1e-3))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("It is wrong");
        assertThatThrownBy(() -> Checked.agree("It", new float[] {1, 2, Float.NaN}, right, 1))
                .isInstanceOf(PacaException.class);
    }
}
