/** What benchmarks have measured, as lines of JSON that can be gone on with, compared and drawn. */
@NullMarked
package dev.paca.bench.result;

import org.jspecify.annotations.NullMarked;
