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
            assertThat(COUNTER.applyAsInt(sample.prompt(0))).isBetween(tokens - Math.max(60, tokens / 50), tokens);
            assertThat(sample.questions()).isNotEmpty().hasSizeLessThanOrEqualTo(Sample.MOST_QUESTIONS);
            assertThat(sample.questions().stream().flatMap(q -> q.answers().stream()))
                    .isNotEmpty()
                    .allSatisfy(answer -> assertThat(sample.context()).contains(answer));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void isMadeFromItsSeedAlone(Task task) {
        assertThat(task.sample(2000, 1, COUNTER)).isEqualTo(task.sample(2000, 1, COUNTER));
        assertThat(task.sample(2000, 1, COUNTER).prompt(0))
                .isNotEqualTo(task.sample(2000, 2, COUNTER).prompt(0));
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
        Question question = new Question("?", List.of("ABCDE", "FGHIJ"));
        assertThat(question.score("They are abcde and XYZZY.")).isEqualTo(0.5);
        assertThat(question.score("FGHIJ, ABCDE")).isEqualTo(1.0);
        assertThat(question.score("none")).isZero();
    }

    @Test
    void asksForEveryValueOfEveryKey() {
        Question all = only("niah-multiquery");
        assertThat(all.answers()).hasSize(4);
        assertThat(all.text())
                .contains("What are all the special magic numbers for")
                .contains(", and ");
        assertThat(only("niah-multivalue").answers()).hasSize(4);
        assertThat(TASKS.named("niah-multikey").sample(4000, 3, COUNTER).questions())
                .hasSize(8)
                .doesNotHaveDuplicates()
                .allSatisfy(question -> assertThat(question.answers()).hasSize(1));
    }

    private static Question only(String task) {
        List<Question> questions = TASKS.named(task).sample(4000, 3, COUNTER).questions();
        assertThat(questions).hasSize(1);
        return questions.getFirst();
    }
}
