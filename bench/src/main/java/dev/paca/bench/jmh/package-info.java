/** Benchmarks of single parts, with JMH. Each checks its result against the definition before it is timed. */
@NullMarked
package dev.paca.bench.jmh;

import org.jspecify.annotations.NullMarked;
