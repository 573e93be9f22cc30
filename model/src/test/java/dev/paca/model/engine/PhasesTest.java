package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Phase;
import org.junit.jupiter.api.Test;

class PhasesTest {
    @Test
    void tokensRunAgainAsTheyRanFirst() {
        Phases phases = new Phases();
        phases.prompt(0, 10); // 5 tokens are made
        phases.prompt(15, 20);
        assertThat(phases.toArray()).containsExactly(10, 15, 20);
        assertThat(phases.end(0, 30)).isEqualTo(10);
        assertThat(phases.phase(0, 8)).isEqualTo(Phase.PREFILL);
        assertThat(phases.phase(8, 10)).isEqualTo(Phase.PREFILL_END);
        assertThat(phases.end(12, 30)).isEqualTo(15);
        assertThat(phases.phase(12, 13)).isEqualTo(Phase.DECODE);
        assertThat(phases.phase(15, 20)).isEqualTo(Phase.PREFILL_END);
        assertThat(phases.end(20, 30)).isEqualTo(30);
        assertThat(phases.phase(20, 30)).isEqualTo(Phase.DECODE);
    }

    @Test
    void goingBackForgetsWhatCameAfter() {
        Phases phases = new Phases();
        phases.prompt(0, 10);
        phases.prompt(15, 20);
        phases.prompt(12, 30); // two of the five made tokens stay
        assertThat(phases.toArray()).containsExactly(10, 12, 30);
        phases.prompt(7, 9); // into the first prompt
        assertThat(phases.toArray()).containsExactly(9);
        phases.prompt(9, 11); // nothing was made after it
        assertThat(phases.phase(8, 9)).isEqualTo(Phase.PREFILL_END);
        assertThat(phases.phase(9, 11)).isEqualTo(Phase.PREFILL_END);
    }
}
