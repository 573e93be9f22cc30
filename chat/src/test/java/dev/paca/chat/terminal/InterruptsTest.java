package dev.paca.chat.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptsTest {
    private static final long MILLISECOND = 1_000_000;

    private final List<String> done = new ArrayList<>();
    private long now = 5;
    private final Interrupts interrupts = new Interrupts(() -> now, () -> done.add("exit"));

    @Test
    void theFirstStopsTheAnswerAndTheSecondTheProgram() {
        interrupts.during(() -> done.add("stop"));
        interrupts.interrupt();
        now += 500 * MILLISECOND;
        interrupts.interrupt();
        assertThat(done).containsExactly("stop", "exit");
    }

    @Test
    void twoThatComeTogetherAreOne() {
        interrupts.during(() -> done.add("stop"));
        interrupts.interrupt();
        now += 20 * MILLISECOND;
        interrupts.interrupt();
        assertThat(done).containsExactly("stop");
        assertThat(interrupts.idle()).isTrue();
        assertThat(interrupts.idle()).isFalse();
    }

    @Test
    void endsTheProgramWhereNothingGoesOn() {
        interrupts.interrupt();
        assertThat(done).containsExactly("exit");
    }

    @Test
    void theNextAnswerIsStoppedAnew() {
        interrupts.during(() -> done.add("stop 1"));
        interrupts.interrupt();
        interrupts.idle();
        now += 500 * MILLISECOND;
        interrupts.during(() -> done.add("stop 2"));
        interrupts.interrupt();
        assertThat(done).containsExactly("stop 1", "stop 2");
    }
}
