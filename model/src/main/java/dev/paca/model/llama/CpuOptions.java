package dev.paca.model.llama;

/**
 * What a CPU decoder may use.
 *
 * @param contextLength tokens that a sequence may have; 0 for as many as the model was trained to read
 * @param kvBytes bytes that all sequences' caches may hold together
 */
public record CpuOptions(int contextLength, long kvBytes) {}
