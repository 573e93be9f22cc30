package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.sampling.SamplingOptions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTest {
    private final Fixture fixture = new Fixture(Fixture.PLENTY, EngineOptions.DEFAULT.withChunk(64));

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void generatesWhatTheModelSays() {
        int seed = 0;
        for (SamplingOptions sampling : List.of(SamplingOptions.GREEDY, SamplingOptions.DEFAULT.withSeed(3))) {
            try (Session session = fixture.session()) {
                int[] prompt = Fixture.prompt(150, ++seed);
                GenerationResult result = session.generate(
                        prompt, Fixture.GREEDY.withSampling(sampling).withMaxTokens(40));
                assertThat(result.tokens()).isEqualTo(Fixture.alone(prompt, KvPolicy.DENSE, sampling, 40));
                assertThat(result.promptTokens()).isEqualTo(150);
                assertThat(result.reusedTokens()).isZero();
                assertThat(result.usage().tokens()).isEqualTo(150 + result.tokens().length - 1);
                assertThat(result.prefill()).isPositive();
                assertThat(result.decode()).isPositive();
            }
        }
        assertThat(fixture.engine.usage().pages()).isZero();
    }

    @Test
    void logitsAreAskedForOnlyWhereSomebodyLooksAtThem() {
        int[] prompt = Fixture.prompt(20, 9);
        SamplingOptions draws = SamplingOptions.DEFAULT.withSeed(3);
        SamplingOptions penalises = SamplingOptions.GREEDY.withRepeatPenalty(1.5f);
        try (Session session = fixture.session()) {
            int greedy =
                    session.generate(prompt, Fixture.GREEDY.withMaxTokens(5)).tokens().length;
            assertThat(fixture.decoder.chosen).hasValue(greedy);
            for (SamplingOptions sampling : List.of(draws, penalises)) {
                session.generate(prompt, Fixture.GREEDY.withSampling(sampling).withMaxTokens(5));
            }
            session.logits(prompt);
            assertThat(fixture.decoder.chosen).hasValue(greedy);
        }
    }

    @Test
    void whoLooksAtLogitsGetsThemBesideWhoDoesNot() {
        int[] prompt = Fixture.prompt(20, 9);
        int[] other = Fixture.prompt(30, 10);
        SamplingOptions draws = SamplingOptions.DEFAULT.withSeed(3);
        CountDownLatch begun = new CountDownLatch(1);
        fixture.decoder.beforeStep = () -> {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (Session one = fixture.session();
                Session two = fixture.session()) {
            Generation greedy = one.start(prompt, Fixture.GREEDY.withMaxTokens(12), null);
            Generation drawn =
                    two.start(other, Fixture.GREEDY.withSampling(draws).withMaxTokens(12), null);
            begun.countDown();
            assertThat(greedy.await().tokens())
                    .isEqualTo(Fixture.alone(prompt, KvPolicy.DENSE, SamplingOptions.GREEDY, 12));
            assertThat(drawn.await().tokens()).isEqualTo(Fixture.alone(other, KvPolicy.DENSE, draws, 12));
        }
    }

    @Test
    void makesExactlyAsManyTokensAsAskedFor() {
        int[] prompt = Fixture.prompt(20, 2);
        try (Session session = fixture.session()) {
            for (int most : new int[] {0, 1, 2, 5}) {
                GenerationResult result = session.generate(prompt, Fixture.GREEDY.withMaxTokens(most));
                assertThat(result.tokens()).hasSize(most);
                assertThat(result.text()).hasSize(most);
                assertThat(result.reason()).isEqualTo(FinishReason.LENGTH);
            }
        }
    }

    @Test
    void goesToTheEndOfTheContextAndNoFurther() {
        int[] prompt = Fixture.prompt(Fixture.CONTEXT - 6, 8);
        try (Session session = fixture.session()) {
            GenerationResult result = session.generate(prompt, Fixture.GREEDY);
            assertThat(result.tokens()).isEqualTo(Fixture.alone(prompt, KvPolicy.DENSE, SamplingOptions.GREEDY, 6));
            assertThat(result.reason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void theNextTurnRunsOnlyWhatIsNew() {
        int[] first = Fixture.prompt(100, 3);
        int[] more = Fixture.prompt(30, 4);
        try (Session session = fixture.session()) {
            GenerationResult one = session.generate(first, Fixture.GREEDY.withMaxTokens(10));
            int[] second = Fixture.join(first, one.tokens(), more);
            int before = fixture.tokensRun();
            GenerationResult two = session.generate(second, Fixture.GREEDY.withMaxTokens(10));
            assertThat(two.reusedTokens()).isEqualTo(109); // the tenth token was made but not run
            assertThat(fixture.tokensRun() - before).isEqualTo(second.length - 109 + 9);
            assertThat(two.tokens()).isEqualTo(Fixture.alone(second, KvPolicy.DENSE, SamplingOptions.GREEDY, 10));
            assertThat(session.tokens()).isEqualTo(Fixture.join(second, Arrays.copyOf(two.tokens(), 9)));
        }
    }

    @Test
    void goesBackToWhereThePromptsPart() {
        int[] first = Fixture.prompt(100, 5);
        int[] other = first.clone();
        other[60] = (other[60] + 1) % 90;
        try (Session session = fixture.session()) {
            session.generate(first, Fixture.GREEDY.withMaxTokens(10));
            GenerationResult parted = session.generate(other, Fixture.GREEDY.withMaxTokens(10));
            assertThat(parted.reusedTokens()).isEqualTo(60);
            assertThat(parted.tokens()).isEqualTo(Fixture.alone(other, KvPolicy.DENSE, SamplingOptions.GREEDY, 10));
            GenerationResult again = session.generate(other, Fixture.GREEDY.withMaxTokens(10));
            assertThat(again.reusedTokens()).isEqualTo(99); // the last one runs for its logits
            assertThat(again.tokens()).isEqualTo(parted.tokens());
        }
    }

    @Test
    void aForkGoesItsOwnWay() {
        int[] prompt = Fixture.prompt(77, 6);
        try (Session session = fixture.session()) {
            session.generate(prompt, Fixture.GREEDY.withMaxTokens(3));
            int[] left = Fixture.join(prompt, Fixture.prompt(5, 61));
            int[] right = Fixture.join(prompt, Fixture.prompt(5, 62));
            try (Session fork = session.fork()) {
                GenerationResult l = session.generate(left, Fixture.GREEDY.withMaxTokens(20));
                GenerationResult r = fork.generate(right, Fixture.GREEDY.withMaxTokens(20));
                assertThat(r.reusedTokens()).isEqualTo(77);
                assertThat(l.tokens()).isEqualTo(Fixture.alone(left, KvPolicy.DENSE, SamplingOptions.GREEDY, 20));
                assertThat(r.tokens()).isEqualTo(Fixture.alone(right, KvPolicy.DENSE, SamplingOptions.GREEDY, 20));
            }
        }
        assertThat(fixture.engine.usage().pages()).isZero();
    }

    @Test
    void logitsAreThoseAfterThePrompt() {
        int[] prompt = Fixture.prompt(90, 7);
        try (Session session = fixture.session()) {
            float[] logits = session.logits(prompt);
            assertThat(logits).hasSize(TinyDecoder.VOCABULARY);
            int best = 0;
            for (int i = 0; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            assertThat(best).isEqualTo(Fixture.alone(prompt, KvPolicy.DENSE, SamplingOptions.GREEDY, 1)[0]);
            assertThat(session.generate(prompt, Fixture.GREEDY.withMaxTokens(1)).reusedTokens())
                    .isEqualTo(89);
        }
    }

    @Test
    void clearForgetsEverything() {
        int[] prompt = Fixture.prompt(50, 9);
        try (Session session = fixture.session()) {
            session.generate(prompt, Fixture.GREEDY.withMaxTokens(2));
            session.clear();
            assertThat(fixture.engine.usage().pages()).isZero();
            assertThat(session.tokens()).isEmpty();
            assertThat(session.usage().bytes()).isZero();
            assertThat(session.generate(prompt, Fixture.GREEDY.withMaxTokens(2)).reusedTokens())
                    .as("the pool still knows the full pages of that beginning")
                    .isEqualTo(48);
        }
    }

    @Test
    void whatCannotBeRunIsRefusedBeforeTheWork() {
        try (Session session = fixture.session()) {
            assertThatThrownBy(() -> session.generate(new int[0], Fixture.GREEDY))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("no tokens");
            assertThatThrownBy(() -> session.generate(new int[] {1, TinyDecoder.VOCABULARY}, Fixture.GREEDY))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("Token 97 at index 1")
                    .hasMessageContaining("97.");
            assertThatThrownBy(() -> session.generate(new int[Fixture.CONTEXT], Fixture.GREEDY))
                    .isInstanceOfSatisfying(ContextException.class, e -> {
                        assertThat(e.wanted()).isEqualTo(Fixture.CONTEXT + 1);
                        assertThat(e.contextLength()).isEqualTo(Fixture.CONTEXT);
                        assertThat(e).hasMessageContaining("4096 tokens").hasMessageContaining("holds 4096");
                    });
            assertThatThrownBy(() -> session.generate(new int[4000], Fixture.GREEDY.withMaxTokens(97)))
                    .isInstanceOf(ContextException.class)
                    .hasMessageContaining("97 more");
            assertThat(fixture.stepCount()).isZero();
            assertThat(session.generate(Fixture.prompt(3, 1), Fixture.GREEDY.withMaxTokens(1))
                            .tokens())
                    .hasSize(1);
        }
    }
}
