package dev.paca.bench.serve;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.engine.Engine;
import dev.paca.model.engine.EngineOptions;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.Session;
import dev.paca.model.engine.Vocabulary;
import dev.paca.model.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Sends a trace's requests to an engine, each in a session of its own, as their times come. */
final class Server {
    private static final int WARM_SESSIONS = 4;
    private static final int WARM_TOKENS = 16;

    /** Every token is a letter and none ends an answer, so that each is told at once and answers are as long as asked. */
    private static final Vocabulary LETTERS = new Vocabulary() {
        @Override
        public byte[] bytes(int token) {
            return new byte[] {'x'};
        }

        @Override
        public boolean isSpecial(int token) {
            return false;
        }

        @Override
        public boolean endsGeneration(int token) {
            return false;
        }
    };

    private static final GenerationOptions GREEDY = GenerationOptions.DEFAULT.withSampling(SamplingOptions.GREEDY);

    /** How long a session that is over may keep its pages: less than a step takes. */
    private static final long LOOK_NANOS = 1_000_000;

    private final KvPolicy policy;
    private final EngineOptions options;

    Server(KvPolicy policy, EngineOptions options) {
        this.policy = policy;
        this.options = options;
    }

    /**
     * Runs a trace.
     *
     * @param decoder is closed at the end
     * @param warmUpNanos how long other requests run before
     */
    Outcome run(Decoder decoder, Trace trace, long warmUpNanos) {
        try (Engine engine = new Engine(decoder, LETTERS, options)) {
            warmUp(engine, warmUpNanos);
            long preempted = engine.preempted();
            List<Clock> clocks = send(engine, trace.requests());
            return new Outcome(clocks, engine.preempted() - preempted);
        }
    }

    private void warmUp(Engine engine, long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < WARM_SESSIONS; i++) {
                requests.add(new Request(0, WARM_TOKENS, WARM_TOKENS));
            }
            for (Clock clock : send(engine, requests)) {
                PacaException error = clock.error();
                if (error != null) {
                    throw error;
                }
            }
        }
    }

    private record Sent(Session session, Generation generation, Clock clock) {}

    private List<Clock> send(Engine engine, List<Request> requests) {
        List<Clock> clocks = new ArrayList<>();
        List<Sent> sent = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            int[] prompt = new SplittableRandom(i)
                    .ints(request.prompt(), 0, engine.vocabularySize())
                    .toArray();
            await(start + (long) (request.arrival() * 1e9), sent);
            Clock clock = new Clock();
            clocks.add(clock);
            Session session = engine.session(policy);
            try {
                Generation generation = session.start(prompt, GREEDY.withMaxTokens(request.output()), clock);
                sent.add(new Sent(session, generation, clock));
            } catch (PacaException e) {
                clock.onError(e);
                session.close();
            }
        }
        while (!sent.isEmpty()) {
            LockSupport.parkNanos(LOOK_NANOS);
            sent.removeIf(Server::endIfDone);
        }
        return clocks;
    }

    /** Sessions that are over give their pages back meanwhile: others wait for them, or would be preempted for theirs. */
    private static void await(long time, List<Sent> sent) {
        sent.removeIf(Server::endIfDone);
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, LOOK_NANOS));
            sent.removeIf(Server::endIfDone);
        }
    }

    private static boolean endIfDone(Sent each) {
        if (!each.generation.isDone()) {
            return false;
        }
        try {
            each.generation.await();
        } catch (PacaException e) {
            // The clock knows it too.
            each.clock.onError(e);
        } finally {
            each.session.close();
        }
        return true;
    }
}
