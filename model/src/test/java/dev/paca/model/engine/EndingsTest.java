package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.sampling.SamplingOptions;
import dev.paca.model.sampling.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cancelling, closing, failing: at any time, with nothing lost and no page leaked. */
@Timeout(60)
class EndingsTest {
    private final Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 32));

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void cancellingStopsWithinOneToken() throws InterruptedException {
        Semaphore steps = new Semaphore(0);
        fixture.decoder.beforeStep = steps::acquireUninterruptibly;
        try (Session session = fixture.session()) {
            int[] prompt = Fixture.prompt(30, 1);
            Generation generation = session.start(prompt, Fixture.GREEDY, null);
            steps.release(5);
            fixture.awaitSteps(5);
            generation.cancel();
            steps.release(1000);
            GenerationResult result = generation.await();
            assertThat(result.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(result.tokens().length).isBetween(4, 5);
            assertThat(fixture.stepCount()).isLessThanOrEqualTo(6);
            int[] on = Fixture.join(prompt, result.tokens(), new int[] {1});
            assertThat(session.generate(on, Fixture.GREEDY.withMaxTokens(8)).tokens())
                    .isEqualTo(Fixture.alone(on, KvPolicy.DENSE, SamplingOptions.GREEDY, 8));
        }
    }

    @Test
    void cancellingStopsALongPromptBetweenChunks() throws InterruptedException {
        Semaphore steps = new Semaphore(0);
        fixture.decoder.beforeStep = steps::acquireUninterruptibly;
        try (Session session = fixture.session()) {
            Generation generation = session.start(Fixture.prompt(3000, 1), Fixture.GREEDY, null);
            steps.release(2);
            fixture.awaitSteps(2);
            generation.cancel();
            steps.release(1000);
            GenerationResult result = generation.await();
            assertThat(result.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(result.tokens()).isEmpty();
            assertThat(session.tokens().length).isBetween(64, 192);
            fixture.decoder.beforeStep = null;
            int reused = session.generate(Fixture.prompt(3000, 1), Fixture.GREEDY.withMaxTokens(1))
                    .reusedTokens();
            assertThat(reused).as("what had run is kept").isBetween(64, 192);
        }
    }

    @Test
    void interruptingTheCallerCancels() throws InterruptedException {
        fixture.slowDown();
        try (Session session = fixture.session()) {
            List<Object> seen = new ArrayList<>();
            Thread caller = Thread.ofPlatform().start(() -> {
                seen.add(session.generate(Fixture.prompt(10, 1), Fixture.GREEDY).reason());
                seen.add(Thread.currentThread().isInterrupted());
            });
            fixture.awaitSteps(3);
            caller.interrupt();
            caller.join();
            assertThat(seen).containsExactly(FinishReason.CANCELLED, true);
        }
    }

    @Test
    void aSessionDoesOneThingAtATime() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        fixture.decoder.beforeStep = () -> await(go);
        try (Session session = fixture.session()) {
            Generation generation = session.start(Fixture.prompt(10, 1), Fixture.GREEDY.withMaxTokens(3), null);
            assertThatThrownBy(() -> session.generate(new int[] {1}, Fixture.GREEDY))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("busy with another request");
            assertThatThrownBy(session::usage).hasMessageContaining("busy");
            go.countDown();
            assertThat(generation.await().tokens()).hasSize(3);
            assertThat(session.tokens()).hasSize(12);
        }
    }

    @Test
    void aClosedSessionSaysSo() {
        Session session = fixture.session();
        session.generate(Fixture.prompt(10, 1), Fixture.GREEDY.withMaxTokens(3));
        session.close();
        session.close();
        assertThatThrownBy(() -> session.generate(new int[] {1}, Fixture.GREEDY))
                .isInstanceOf(PacaException.class)
                .hasMessage("The session is closed; open a new one.");
        assertThatThrownBy(session::usage).hasMessageContaining("session is closed");
        assertThat(fixture.engine.usage().pages()).isZero();
    }

    @Test
    void closingASessionCancelsWhatItDoes() throws InterruptedException {
        fixture.slowDown();
        Session session = fixture.session();
        Generation generation = session.start(Fixture.prompt(10, 1), Fixture.GREEDY, null);
        fixture.awaitSteps(3);
        session.close();
        assertThat(generation.await().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(fixture.engine.usage().pages()).isZero();
    }

    @Test
    void closingTheEngineEndsWhatRunsAndWhatWaits() throws InterruptedException {
        try (Fixture one = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 1))) {
            one.slowDown();
            List<Session> sessions = List.of(one.session(), one.session(), one.session());
            List<Generation> generations = sessions.stream()
                    .map(s -> s.start(Fixture.prompt(10, 1), Fixture.GREEDY, null))
                    .toList();
            one.awaitSteps(3);
            one.engine.close();
            for (Generation generation : generations) {
                assertThatThrownBy(generation::await)
                        .isInstanceOf(PacaException.class)
                        .hasMessage("The model is closed; load it again to go on.");
            }
            assertThat(one.decoder.closed).isTrue();
            assertThatThrownBy(() -> sessions.getFirst().generate(new int[] {1}, Fixture.GREEDY))
                    .hasMessageContaining("model is closed");
            assertThatThrownBy(one::session).hasMessageContaining("model is closed");
            assertThatThrownBy(one.engine::usage).hasMessageContaining("model is closed");
            sessions.forEach(Session::close);
        }
    }

    @Test
    void aStepThatFailsIsToldAndTheSessionGoesOn() {
        try (Session session = fixture.session()) {
            int[] prompt = Fixture.prompt(40, 1);
            session.generate(prompt, Fixture.GREEDY.withMaxTokens(3));
            fixture.decoder.beforeStep = () -> {
                throw new IllegalStateException("the device is on fire");
            };
            assertThatThrownBy(() -> session.generate(prompt, Fixture.GREEDY.withMaxTokens(3)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("the device is on fire");
            fixture.decoder.beforeStep = null;
            assertThat(session.generate(prompt, Fixture.GREEDY.withMaxTokens(9)).tokens())
                    .isEqualTo(Fixture.alone(prompt, KvPolicy.DENSE, SamplingOptions.GREEDY, 9));
        }
    }

    @Test
    void aConstraintThatFailsEndsOnlyItsOwn() {
        TokenConstraint broken = new TokenConstraint() {
            @Override
            public void mask(float[] logits, int offset, int vocabulary) {
                throw new IllegalStateException("no such rule");
            }

            @Override
            public void accept(int token) {}
        };
        try (Session good = fixture.session();
                Session bad = fixture.session()) {
            Generation ok = good.start(Fixture.prompt(10, 1), Fixture.GREEDY.withMaxTokens(50), null);
            assertThatThrownBy(() -> bad.generate(Fixture.prompt(10, 2), Fixture.GREEDY.withConstraint(broken)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("no such rule");
            assertThat(ok.await().tokens())
                    .isEqualTo(Fixture.alone(Fixture.prompt(10, 1), KvPolicy.DENSE, SamplingOptions.GREEDY, 50));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyOrderOfRequestsLeavesNoPage(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try (Fixture small = new Fixture(40 << 10, new EngineOptions(64, 16, 5))) {
            List<Session> sessions = new ArrayList<>();
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                try {
                    act(random, small, sessions, generations);
                } catch (PacaException e) {
                    assertThat(e.getMessage()).containsAnyOf("busy", "KV cache needs");
                }
            }
            sessions.forEach(Session::close);
            for (Generation generation : generations) {
                assertThat(generation.await().reason()).isNotNull();
            }
            assertThat(small.engine.usage().pages()).isZero();
        }
    }

    private static void act(
            SplittableRandom random, Fixture fixture, List<Session> sessions, List<Generation> generations) {
        int action = random.nextInt(10);
        if (sessions.size() < 3 || action == 0) {
            sessions.add(fixture.session());
            return;
        }
        Session session = sessions.get(random.nextInt(sessions.size()));
        switch (action) {
            case 1 -> {
                sessions.remove(session);
                session.close();
            }
            case 2 -> sessions.add(session.fork());
            case 3 -> session.clear();
            case 4 -> {
                if (!generations.isEmpty()) {
                    generations.get(random.nextInt(generations.size())).cancel();
                }
            }
            default -> {
                int[] prompt = Fixture.prompt(1 + random.nextInt(200), random.nextInt(5));
                generations.add(session.start(prompt, Fixture.GREEDY.withMaxTokens(random.nextInt(40)), null));
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
