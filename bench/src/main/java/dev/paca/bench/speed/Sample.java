package dev.paca.bench.speed;

/**
 * One repetition of a measurement.
 *
 * @param rate tokens a second
 * @param held bytes that the sequences' caches hold at the end
 * @param read bytes of the cache that a decoded token read on average; 0 for prompts
 */
record Sample(double rate, long held, double read) {}
