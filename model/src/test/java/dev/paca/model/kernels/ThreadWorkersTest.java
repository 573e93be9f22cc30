package dev.paca.model.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ThreadWorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void runsEachTaskOnce(int threads) {
        try (ThreadWorkers workers = new ThreadWorkers(threads)) {
            assertThat(workers.threads()).isEqualTo(threads);
            for (int tasks : new int[] {0, 1, 2, 3, 64, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                workers.run(tasks, (task, thread) -> {
                    assertThat(thread).isBetween(0, threads - 1);
                    runs.incrementAndGet(task);
                });
                for (int i = 0; i < tasks; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    /** Many short runs of changing sizes, with pauses that let the threads fall asleep at any moment. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void staysRightUnderStress(int threads) throws InterruptedException {
        Random random = new Random(11);
        int[] counts = new int[64 * 16];
        try (ThreadWorkers workers = new ThreadWorkers(threads)) {
            long expected = 0;
            for (int run = 0; run < 20_000; run++) {
                int tasks = 1 + random.nextInt(64);
                // Not atomic: a task that two threads run, or a run that ends early, loses an increment.
                workers.run(tasks, (task, thread) -> counts[task * 16]++);
                expected += tasks;
                if (run % 500 == 0) {
                    Thread.sleep(0, random.nextInt(300_000));
                }
            }
            long sum = 0;
            for (int count : counts) {
                sum += count;
            }
            assertThat(sum).isEqualTo(expected);
        }
    }

    /** The two tasks wait for each other, so one thread alone could not finish. */
    @Test
    void runsTasksAtTheSameTime() throws InterruptedException {
        try (ThreadWorkers workers = new ThreadWorkers(2)) {
            for (int run = 0; run < 20; run++) {
                CountDownLatch both = new CountDownLatch(2);
                workers.run(2, (task, thread) -> {
                    both.countDown();
                    try {
                        both.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                Thread.sleep(run % 3);
            }
        }
    }

    @Test
    void throwsWhatATaskThrows() {
        try (ThreadWorkers workers = new ThreadWorkers(3)) {
            for (int bad : new int[] {0, 5, 9}) {
                assertThatThrownBy(() -> workers.run(10, (task, thread) -> {
                            if (task == bad) {
                                throw new PacaException("task " + task);
                            }
                        }))
                        .isInstanceOf(PacaException.class)
                        .hasMessage("task " + bad);
            }
            List<Integer> after = new ArrayList<>();
            workers.run(1, (task, thread) -> after.add(task));
            assertThat(after).containsExactly(0);
        }
    }

    @Test
    void throwsErrorsToo() {
        try (ThreadWorkers workers = new ThreadWorkers(2)) {
            assertThatThrownBy(() -> workers.run(8, (task, thread) -> {
                        throw new StackOverflowError("task " + task);
                    }))
                    .isInstanceOf(StackOverflowError.class);
        }
    }

    @Test
    void refusesARunWithinARun() {
        try (ThreadWorkers workers = new ThreadWorkers(2)) {
            assertThatThrownBy(() -> workers.run(1, (task, thread) -> workers.run(1, (t, th) -> {})))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("running something already");
        }
    }

    @Test
    void stopsItsThreads() {
        List<Thread> threads = new ArrayList<>();
        AtomicReference<ThreadWorkers> closed = new AtomicReference<>();
        try (ThreadWorkers workers = new ThreadWorkers(4)) {
            CountDownLatch all = new CountDownLatch(4);
            workers.run(4, (task, thread) -> {
                synchronized (threads) {
                    threads.add(Thread.currentThread());
                }
                all.countDown();
                try {
                    all.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            closed.set(workers);
        }
        assertThat(threads).doesNotHaveDuplicates().hasSize(4).contains(Thread.currentThread());
        threads.remove(Thread.currentThread());
        assertThat(threads).allMatch(thread -> !thread.isAlive());
        assertThatThrownBy(() -> closed.get().run(1, (task, thread) -> {}))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void refusesNoThreads() {
        assertThatThrownBy(() -> new ThreadWorkers(0))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("0");
    }
}
