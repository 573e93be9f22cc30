/** Other programs that run the same models, measured in turns with ours. */
@NullMarked
package dev.paca.bench.peer;

import org.jspecify.annotations.NullMarked;
