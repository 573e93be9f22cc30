/** How results are shown on the terminal and kept in files. */
@NullMarked
package dev.paca.bench.output;

import org.jspecify.annotations.NullMarked;
