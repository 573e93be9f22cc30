package dev.paca.bench.serve;

/**
 * What one user asks for.
 *
 * @param arrival seconds after the beginning
 * @param prompt tokens of the prompt
 * @param output tokens of the answer
 */
record Request(double arrival, int prompt, int output) {}
