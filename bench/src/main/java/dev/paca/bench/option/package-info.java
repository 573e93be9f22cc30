/** Options that several benchmarks have. */
@NullMarked
package dev.paca.bench.option;

import org.jspecify.annotations.NullMarked;
