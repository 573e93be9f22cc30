/** Models with random weights in shapes that people know, so that speed can be measured without a download. */
@NullMarked
package dev.paca.bench.random;

import org.jspecify.annotations.NullMarked;
