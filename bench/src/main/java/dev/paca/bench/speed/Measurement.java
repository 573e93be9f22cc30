package dev.paca.bench.speed;

import java.util.ArrayList;
import java.util.List;

/**
 * One measurement: tokens of a prompt, or tokens decoded one by one, after {@code depth} tokens.
 *
 * @param tokens how many are timed
 * @param depth tokens that the sequence has before
 * @param decode whether they come one by one
 */
record Measurement(int tokens, int depth, boolean decode) {
    /** llama-bench's name: {@code pp512}, {@code tg64 @ d4096}. */
    String label() {
        return (decode ? "tg" : "pp") + tokens + (depth == 0 ? "" : " @ d" + depth);
    }

    /** All tests of comma lists; lengths of 0 are left out. */
    static List<Measurement> of(List<Integer> prompts, List<Integer> generated, List<Integer> depths) {
        List<Measurement> tests = new ArrayList<>();
        for (int depth : depths) {
            prompts.stream().filter(p -> p > 0).forEach(p -> tests.add(new Measurement(p, depth, false)));
            generated.stream().filter(n -> n > 0).forEach(n -> tests.add(new Measurement(n, depth, true)));
        }
        return tests;
    }
}
