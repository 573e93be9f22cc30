/** Decoders for benchmarks. */
@NullMarked
package dev.paca.bench.device;

import org.jspecify.annotations.NullMarked;
