package dev.paca.tornado.weights;

/**
 * A projection, or a part of one whose weights have a type of their own.
 *
 * @param matrix its weights
 * @param to where its outputs go in a row of what comes out
 */
public record Linear(DeviceMatrix matrix, int to) {}
