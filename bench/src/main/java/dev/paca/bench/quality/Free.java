package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** Puts given tokens, then goes on greedily until the model ends or a limit is reached. */
final class Free extends Sequence {
    private final List<Integer> tokens = new ArrayList<>();
    private final List<Integer> answer = new ArrayList<>();
    private final List<float[]> logits = new ArrayList<>();
    private final IntPredicate ends;
    private final int limit;
    private int put;
    private boolean ended;

    /**
     * @param given tokens to put before it speaks
     * @param limit tokens that the answer may have
     * @param ends whether a token ends an answer
     */
    Free(KvCache cache, int[] given, int limit, IntPredicate ends) {
        super(cache);
        Arrays.stream(given).forEach(tokens::add);
        this.limit = limit;
        this.ends = ends;
    }

    /** Goes on with an answer of which some tokens have been put, and the next one is known. */
    static Free after(KvCache cache, int[] said, int next, int limit, IntPredicate ends) {
        Free free = new Free(cache, new int[0], limit, ends);
        Arrays.stream(said).forEach(free.answer::add);
        free.say(next);
        return free;
    }

    @Override
    int next() {
        return put == tokens.size() ? -1 : tokens.get(put++);
    }

    @Override
    boolean listens() {
        return put == tokens.size() && !ended;
    }

    @Override
    void told(float[] values, int at, int vocabulary) {
        if (listens()) {
            logits.add(Arrays.copyOfRange(values, at, at + vocabulary));
            say(largest(values, at, vocabulary));
        }
    }

    private void say(int token) {
        if (ends.test(token)) {
            ended = true;
            return;
        }
        answer.add(token);
        if (answer.size() < limit) {
            tokens.add(token);
        } else {
            ended = true;
        }
    }

    /** What it has said. */
    int[] answer() {
        return answer.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Tokens that were put. */
    int[] fed() {
        return tokens.stream().limit(put).mapToInt(Integer::intValue).toArray();
    }

    /** Those after the last given token and after each of the answer's. */
    List<float[]> logits() {
        return logits;
    }
}
