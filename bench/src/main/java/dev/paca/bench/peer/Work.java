package dev.paca.bench.peer;

import java.nio.file.Path;

/**
 * What a peer is to measure.
 *
 * @param model a GGUF file
 * @param tokens how many tokens are timed
 * @param depth tokens that the sequence has before
 * @param decode whether they come one by one, and not as a prompt
 * @param threads threads that compute
 * @param batch tokens of a prompt that are handed over at once
 * @param microBatch tokens that run in one pass at most
 * @param times how often it is measured in a turn, for programs that can: what lasts a moment is mostly noise
 */
public record Work(
        Path model, int tokens, int depth, boolean decode, int threads, int batch, int microBatch, int times) {}
