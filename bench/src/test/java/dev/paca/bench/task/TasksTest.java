package dev.paca.bench.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TasksTest {
    private static final Tasks TASKS = new Tasks(Haystack.bundled());

    /** English has about four characters a token. */
    private static final ToIntFunction<String> COUNTER = text -> text.length() / 4;

    static List<Task> all() {
        return TASKS.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void fillsItsLengthAndHidesItsAnswers(Task task) {
        for (int tokens : new int[] {600, 4000, 30_000}) {
            Sample sample = task.sample(tokens, 7, COUNTER);
            assertThat(COUNTER.applyAsInt(sample.prompt())).isBetween(tokens - Math.max(60, tokens / 50), tokens);
            assertThat(sample.answers())
                    .isNotEmpty()
                    .allSatisfy(answer -> assertThat(sample.context()).contains(answer));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void isMadeFromItsSeedAlone(Task task) {
        assertThat(task.sample(2000, 1, COUNTER)).isEqualTo(task.sample(2000, 1, COUNTER));
        assertThat(task.sample(2000, 1, COUNTER).prompt())
                .isNotEqualTo(task.sample(2000, 2, COUNTER).prompt());
    }

    @ParameterizedTest
    @MethodSource("all")
    void refusesALengthThatCannotHoldIt(Task task) {
        assertThatThrownBy(() -> task.sample(10, 1, COUNTER))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(task.name())
                .hasMessageContaining("found a length of 10");
    }

    @Test
    void namesTheKnownTasksWhereOneIsUnknown() {
        assertThatThrownBy(() -> TASKS.named("passkeys"))
                .hasMessageContaining("'passkeys'")
                .hasMessageContaining("passkey, facts");
    }

    @Test
    void countsTheShareOfAnswersFound() {
        Sample sample = new Sample("variables", 0, "", "", List.of("ABCDE", "FGHIJ"));
        assertThat(sample.score("They are abcde and XYZZY.")).isEqualTo(0.5);
        assertThat(sample.score("FGHIJ, ABCDE")).isEqualTo(1.0);
        assertThat(sample.score("none")).isZero();
    }

    @Test
    void asksForEveryValueOfEveryKey() {
        Sample sample = TASKS.named("niah-multiquery").sample(4000, 3, COUNTER);
        assertThat(sample.answers()).hasSize(4);
        assertThat(sample.question())
                .contains("What are all the special magic numbers for")
                .contains(", and ");
        assertThat(TASKS.named("niah-multivalue").sample(4000, 3, COUNTER).answers())
                .hasSize(4);
    }
}
