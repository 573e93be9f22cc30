package dev.paca.bench.speed;

import java.util.ArrayList;
import java.util.List;

/**
 * One measurement: tokens of a prompt, or tokens that sequences decode one by one, after {@code depth} tokens each.
 *
 * @param tokens how many are timed, of each sequence
 * @param depth tokens that the sequence has before
 * @param decode whether they come one by one
 * @param sequences how many decode together, a token each in a step
 * @param greedy whether each step's likeliest tokens are chosen, and decoded next
 */
record Measurement(int tokens, int depth, boolean decode, int sequences, boolean greedy) {
    /** llama-bench's name: {@code pp512}, {@code tg64 @ d4096}; and how many sequences, if there are several. */
    String label() {
        return (decode ? "tg" : "pp")
                + tokens
                + (depth == 0 ? "" : " @ d" + depth)
                + (sequences == 1 ? "" : " × " + sequences)
                + (greedy ? ", greedy" : "");
    }

    /** Tokens that a sequence has at the end. */
    int length() {
        return depth + tokens;
    }

    /** Tokens that are timed, of all sequences together. */
    int timed() {
        return tokens * sequences;
    }

    /** All tests of comma lists; lengths of 0 are left out, and prompts are read one at a time. */
    static List<Measurement> of(
            List<Integer> prompts,
            List<Integer> generated,
            List<Integer> depths,
            List<Integer> sequences,
            boolean greedy) {
        List<Measurement> tests = new ArrayList<>();
        for (int depth : depths) {
            prompts.stream().filter(p -> p > 0).forEach(p -> tests.add(new Measurement(p, depth, false, 1, false)));
            for (int each : sequences) {
                generated.stream()
                        .filter(n -> n > 0)
                        .forEach(n -> tests.add(new Measurement(n, depth, true, each, greedy)));
            }
        }
        return tests;
    }
}
