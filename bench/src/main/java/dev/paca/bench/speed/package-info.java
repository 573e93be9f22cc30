/** Tokens per second, beside a peer's in the same run. */
@NullMarked
package dev.paca.bench.speed;

import org.jspecify.annotations.NullMarked;
