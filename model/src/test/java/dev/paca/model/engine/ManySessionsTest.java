package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.model.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ManySessionsTest {
    private static final List<KvPolicy> POLICIES = List.of(
            KvPolicy.DENSE,
            new KvPolicy(Storage.F32, Storage.F32, 16),
            new KvPolicy(Storage.F16, Storage.F32, 8),
            selecting("quest:budget=64,sinks=4,window=16,layers=0"),
            selecting("key-codes:budget=48,sinks=4,window=16,layers=0"),
            selecting("sparq:budget=40,sinks=4,window=16,layers=0"),
            selecting("streaming:budget=32,sinks=4,window=28,layers=0"),
            evicting("snapkv:budget=48,window=8"),
            evicting("h2o:budget=40,window=12,every=5"),
            evicting("streaming-llm:budget=32,every=1"),
            evicting("scissorhands:budget=40,history=9,every=3"),
            evicting("tova:budget=40,every=4"),
            selecting("quest:budget=32,layers=0").with(PolicyText.eviction("pyramidkv:budget=64")));

    @Test
    void eachGetsWhatItGetsAlone() {
        try (Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 32))) {
            runMixed(fixture, 16);
            assertThat(fixture.decoder.steps).anyMatch(step -> step.size() >= 8);
            assertThat(fixture.engine.usage().pages()).isZero();
        }
    }

    @Test
    void moreThanMayRunWait() {
        try (Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 3))) {
            runMixed(fixture, 10);
            assertThat(fixture.decoder.steps).allMatch(step -> step.size() <= 3);
        }
    }

    /** Room for about three of the sixteen: the others wait, and some are preempted and run again. */
    @Test
    void littleMemoryChangesNothing() {
        try (Fixture fixture = new Fixture(96 << 10, new EngineOptions(64, 16, 32))) {
            runMixed(fixture, 16);
            int once = 0;
            for (int i = 0; i < 16; i++) {
                once += length(i) + 59;
            }
            assertThat(fixture.tokensRun()).as("tokens run, some of them again").isGreaterThan(once);
            assertThat(fixture.engine.usage().pages()).isZero();
        }
    }

    @Test
    void whoCameFirstIsNeverHeldUp() throws InterruptedException {
        // A token is 2 layers x 8 channels x (K and V) in F16 = 64 bytes; 300 tokens fit.
        try (Fixture fixture = new Fixture(300 * 64, EngineOptions.DEFAULT);
                Session first = fixture.session();
                Session last = fixture.session()) {
            CountDownLatch both = new CountDownLatch(1);
            fixture.decoder.beforeStep = () -> await(both);
            Generation one = first.start(Fixture.prompt(100, 1), Fixture.GREEDY.withMaxTokens(150), null);
            Generation two = last.start(Fixture.prompt(100, 2), Fixture.GREEDY.withMaxTokens(150), null);
            both.countDown();
            GenerationResult a = one.await();
            GenerationResult b = two.await();
            assertThat(a.tokens())
                    .isEqualTo(Fixture.alone(Fixture.prompt(100, 1), KvPolicy.DENSE, SamplingOptions.GREEDY, 150));
            assertThat(b.tokens())
                    .isEqualTo(Fixture.alone(Fixture.prompt(100, 2), KvPolicy.DENSE, SamplingOptions.GREEDY, 150));
            List<Integer> sizes = fixture.decoder.steps.stream().map(List::size).toList();
            assertThat(sizes)
                    .as("both together, then the first, then the second")
                    .contains(2);
            assertThat(fixture.decoder.steps.stream().mapToInt(List::size).sum())
                    .isGreaterThan(150 + 150);
            assertThat(fixture.engine.preempted()).isPositive();
        }
    }

    @Test
    void idleSessionsGiveTheirPagesFirstAndGoOnAsBefore() {
        try (Fixture fixture = new Fixture(300 * 64, EngineOptions.DEFAULT);
                Session idle = fixture.session();
                Session busy = fixture.session()) {
            int[] first = Fixture.prompt(150, 1);
            GenerationResult one = idle.generate(first, Fixture.GREEDY.withMaxTokens(20));
            busy.generate(Fixture.prompt(200, 2), Fixture.GREEDY.withMaxTokens(10));
            assertThat(idle.usage().bytes()).isZero();
            int[] second = Fixture.join(first, one.tokens(), Fixture.prompt(10, 3));
            GenerationResult two = idle.generate(second, Fixture.GREEDY.withMaxTokens(20));
            // What the pool still knows of its beginning, the other session's need having taken the rest.
            assertThat(two.reusedTokens()).isLessThan(150).isEqualTo(two.reusedTokens() / 16 * 16);
            assertThat(two.tokens()).isEqualTo(Fixture.alone(second, KvPolicy.DENSE, SamplingOptions.GREEDY, 20));
            assertThat(fixture.decoder.steps.getLast().getFirst().phase()).isEqualTo(Phase.DECODE);
        }
    }

    @Test
    void whatCanNeverFitIsRefusedWithNumbers() {
        try (Fixture fixture = new Fixture(300 * 64, EngineOptions.DEFAULT);
                Session session = fixture.session()) {
            assertThatThrownBy(() -> session.generate(Fixture.prompt(400, 1), Fixture.GREEDY.withMaxTokens(1)))
                    .isInstanceOf(KvMemoryException.class)
                    .hasMessageContaining("--kv-memory");
            assertThatThrownBy(() -> session.generate(Fixture.prompt(200, 1), Fixture.GREEDY.withMaxTokens(120)))
                    .isInstanceOf(KvMemoryException.class)
                    .hasMessageContaining("A sequence of 319 tokens");
            assertThat(fixture.stepCount()).isZero();
            assertThat(session.generate(Fixture.prompt(200, 1), Fixture.GREEDY.withMaxTokens(3))
                            .tokens())
                    .hasSize(3);
        }
    }

    @Test
    void withoutABoundItEndsWhereTheMemoryEnds() {
        try (Fixture fixture = new Fixture(300 * 64, EngineOptions.DEFAULT);
                Session session = fixture.session()) {
            GenerationResult result = session.generate(Fixture.prompt(200, 5), Fixture.GREEDY);
            assertThat(result.reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(result.tokens().length).isBetween(88 - 16, 105);
        }
    }

    @Test
    void decodersGoOnWhileALongPromptRuns() throws InterruptedException {
        try (Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 32));
                Session decoding = fixture.session();
                Session prompting = fixture.session()) {
            CountDownLatch go = new CountDownLatch(1);
            fixture.decoder.beforeStep = () -> {
                if (fixture.stepCount() == 3) {
                    await(go);
                }
            };
            Generation one = decoding.start(Fixture.prompt(10, 1), Fixture.GREEDY.withMaxTokens(200), null);
            fixture.awaitSteps(3);
            Generation two = prompting.start(Fixture.prompt(640, 2), Fixture.GREEDY.withMaxTokens(2), null);
            go.countDown();
            two.await();
            one.cancel();
            one.await();
            List<List<TinyDecoder.Ran>> prefills = fixture.decoder.steps.stream()
                    .filter(step -> step.stream().anyMatch(r -> r.tokens() == 16))
                    .toList();
            assertThat(prefills)
                    .hasSizeGreaterThan(5)
                    .allMatch(step -> step.getFirst().phase() == Phase.DECODE);
        }
    }

    /** Twenty steps must do for the short one: the next waits until the test has seen its end. */
    @Test
    void aShortPromptNeedNotWaitForALongOne() throws InterruptedException {
        try (Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 32));
                Session longer = fixture.session();
                Session shorter = fixture.session()) {
            CountDownLatch both = new CountDownLatch(1);
            CountDownLatch seen = new CountDownLatch(1);
            fixture.decoder.beforeStep = () -> await(fixture.stepCount() < 20 ? both : seen);
            Generation one = longer.start(Fixture.prompt(3000, 1), Fixture.GREEDY.withMaxTokens(1), null);
            Generation two = shorter.start(Fixture.prompt(40, 2), Fixture.GREEDY.withMaxTokens(1), null);
            both.countDown();
            two.await();
            assertThat(one.isDone()).isFalse();
            seen.countDown();
            one.await();
        }
    }

    private static void runMixed(Fixture fixture, int count) {
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sessions.add(fixture.engine.session(POLICIES.get(i % POLICIES.size())));
        }
        List<Generation> generations = new ArrayList<>();
        // Once the engine waits in a step it opens no more sessions.
        CountDownLatch all = new CountDownLatch(1);
        fixture.decoder.beforeStep = () -> await(all);
        for (int i = 0; i < count; i++) {
            generations.add(sessions.get(i).start(Fixture.prompt(length(i), i), options(i), null));
        }
        all.countDown();
        for (int i = 0; i < count; i++) {
            assertThat(generations.get(i).await().tokens())
                    .as("session %d", i)
                    .isEqualTo(Fixture.alone(
                            Fixture.prompt(length(i), i),
                            POLICIES.get(i % POLICIES.size()),
                            options(i).sampling(),
                            60));
        }
        sessions.forEach(Session::close);
    }

    private static KvPolicy selecting(String text) {
        return KvPolicy.DENSE.with(PolicyText.selection(text));
    }

    private static KvPolicy evicting(String text) {
        return KvPolicy.DENSE.with(PolicyText.eviction(text));
    }

    private static int length(int i) {
        return 1 + i * 37 % 211;
    }

    private static GenerationOptions options(int i) {
        SamplingOptions sampling = i % 2 == 0 ? SamplingOptions.GREEDY : SamplingOptions.DEFAULT.withSeed(i);
        return Fixture.GREEDY.withSampling(sampling).withMaxTokens(60);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
