/** The benchmarks' command line. */
@NullMarked
package dev.paca.bench;

import org.jspecify.annotations.NullMarked;
