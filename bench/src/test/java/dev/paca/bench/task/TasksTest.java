package dev.paca.bench.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.Arrays;
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
            Sample sample = sample(task, tokens, 7);
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
        assertThat(sample(task, 2000, 1)).isEqualTo(sample(task, 2000, 1));
        assertThat(sample(task, 2000, 1).prompt(0))
                .isNotEqualTo(sample(task, 2000, 2).prompt(0));
    }

    @ParameterizedTest
    @MethodSource("all")
    void refusesALengthThatCannotHoldIt(Task task) {
        assertThatThrownBy(() -> sample(task, 10, 1))
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
        assertThat(sample(TASKS.named("niah-multikey"), 4000, 3).questions())
                .hasSize(8)
                .doesNotHaveDuplicates()
                .allSatisfy(question -> assertThat(question.answers()).hasSize(1));
    }

    @ParameterizedTest
    @MethodSource("all")
    void sharesAHaystackAmongTextsOfOneQuestion(Task task) {
        List<Sample> samples = task.samples(4000, 5, 6, COUNTER);
        assertThat(samples).isEqualTo(task.samples(4000, 5, 6, COUNTER));
        if (samples.getFirst().questions().size() > 1) {
            assertThat(samples).hasSize(1);
            return;
        }
        assertThat(samples).hasSize(6);
        assertThat(samples.stream().map(Sample::number)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
        assertThat(samples.stream().map(s -> s.questions().getFirst().answers()))
                .doesNotHaveDuplicates();
        // A longer series begins with the same texts.
        assertThat(task.samples(4000, 5, 9, COUNTER)).containsAll(samples);
        int before = 0;
        for (int i = 1; i < samples.size(); i++) {
            int common = Arrays.mismatch(
                    samples.get(i - 1).context().toCharArray(),
                    samples.get(i).context().toCharArray());
            assertThat(common).isGreaterThanOrEqualTo(before);
            before = common;
        }
        // The beginning, and more of it for deeper needles.
        assertThat(before).isGreaterThan(samples.getFirst().context().length() / 8);
    }

    private static Sample sample(Task task, int tokens, long seed) {
        return task.samples(tokens, seed, 1, COUNTER).getFirst();
    }

    private static Question only(String task) {
        List<Question> questions = sample(TASKS.named(task), 4000, 3).questions();
        assertThat(questions).hasSize(1);
        return questions.getFirst();
    }
}
