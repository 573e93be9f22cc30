package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListenerTest {
    private final Fixture fixture = new Fixture(Fixture.PLENTY, new EngineOptions(64, 16, 32));

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Notes what it hears; made for subclasses to do more. */
    private static class Notes implements GenerationListener {
        final List<String> texts = new ArrayList<>();
        final List<Integer> progress = new ArrayList<>();
        final List<Object> ends = new ArrayList<>();
        final Set<Thread> threads = new HashSet<>();

        @Override
        public void onPrefill(int done, int total) {
            threads.add(Thread.currentThread());
            progress.add(done);
        }

        @Override
        public void onText(String text) {
            threads.add(Thread.currentThread());
            texts.add(text);
        }

        @Override
        public void onEnd(GenerationResult result) {
            threads.add(Thread.currentThread());
            ends.add(result);
        }

        @Override
        public void onError(PacaException error) {
            threads.add(Thread.currentThread());
            ends.add(error);
        }
    }

    @Test
    void hearsEverythingInOrderOnOneThreadOfItsOwn() {
        Notes notes = new Notes();
        try (Session session = fixture.session()) {
            GenerationResult result = session.generate(Fixture.prompt(150, 1), Fixture.GREEDY.withMaxTokens(20), notes);
            assertThat(String.join("", notes.texts)).isEqualTo(result.text()).hasSize(20);
            assertThat(notes.progress).containsExactly(0, 64, 128, 150);
            assertThat(notes.ends).containsExactly(result);
            assertThat(notes.threads).hasSize(1).doesNotContain(Thread.currentThread());
            assertThat(notes.threads.iterator().next().getName()).isEqualTo("paca-listener");
        }
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() {
        try (Session session = fixture.session()) {
            int[] prompt = Fixture.prompt(30, 4);
            String whole =
                    session.generate(prompt, Fixture.GREEDY.withMaxTokens(30)).text();
            String stop = whole.substring(11, 14);
            Notes notes = new Notes();
            GenerationResult result =
                    session.generate(prompt, Fixture.GREEDY.withMaxTokens(30).withStop(List.of(stop)), notes);
            assertThat(result.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
            assertThat(String.join("", notes.texts)).isEqualTo(result.text());
            assertThat(result.reason()).isEqualTo(FinishReason.STOP);
            assertThat(result.stop()).isEqualTo(stop);
            assertThat(result.tokens()).hasSize(whole.indexOf(stop) + 3);
        }
    }

    @Test
    void cancellingInACallEndsTheTextThere() {
        Generation[] generation = new Generation[1];
        CountDownLatch set = new CountDownLatch(1);
        Notes notes = new Notes() {
            @Override
            public void onText(String text) {
                super.onText(text);
                if (texts.size() == 5) {
                    await(set);
                    generation[0].cancel();
                    generation[0].cancel();
                }
            }
        };
        fixture.slowDown();
        try (Session session = fixture.session()) {
            generation[0] = session.start(Fixture.prompt(30, 4), Fixture.GREEDY, notes);
            set.countDown();
            GenerationResult result = generation[0].await();
            assertThat(notes.texts).hasSize(5);
            assertThat(result.text()).isEqualTo(String.join("", notes.texts));
            assertThat(result.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(notes.ends).containsExactly(result);
        }
    }

    @Test
    void aSlowListenerHoldsNobodyUp() {
        CountDownLatch slow = new CountDownLatch(1);
        Notes notes = new Notes() {
            @Override
            public void onText(String text) {
                await(slow);
                super.onText(text);
            }
        };
        try (Session one = fixture.session();
                Session two = fixture.session()) {
            Generation waiting = one.start(Fixture.prompt(30, 4), Fixture.GREEDY.withMaxTokens(50), notes);
            assertThat(two.generate(Fixture.prompt(30, 5), Fixture.GREEDY.withMaxTokens(100))
                            .tokens())
                    .hasSize(100);
            assertThat(waiting.isDone()).isFalse();
            slow.countDown();
            assertThat(waiting.await().text())
                    .isEqualTo(String.join("", notes.texts))
                    .hasSize(50);
        }
    }

    @Test
    void whatAListenerThrowsIsTheErrorOfItsGeneration() {
        Notes notes = new Notes() {
            @Override
            public void onText(String text) {
                super.onText(text);
                throw new IllegalStateException("the window is gone");
            }
        };
        try (Session session = fixture.session()) {
            assertThatThrownBy(() -> session.generate(Fixture.prompt(30, 4), Fixture.GREEDY.withMaxTokens(500), notes))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("the window is gone")
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThat(notes.texts).hasSize(1);
            assertThat(notes.ends).hasSize(1);
        }
    }

    @Test
    void anErrorIsHeardOnce() {
        fixture.decoder.beforeStep = () -> {
            throw new IllegalStateException("no device");
        };
        Notes notes = new Notes();
        try (Session session = fixture.session()) {
            assertThatThrownBy(() -> session.generate(Fixture.prompt(30, 4), Fixture.GREEDY, notes))
                    .hasMessageContaining("no device");
            assertThat(notes.ends).hasSize(1).first().isInstanceOf(PacaException.class);
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
