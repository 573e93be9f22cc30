/** Many sessions at once, under a limit of memory. */
@NullMarked
package dev.paca.bench.serve;

import org.jspecify.annotations.NullMarked;
