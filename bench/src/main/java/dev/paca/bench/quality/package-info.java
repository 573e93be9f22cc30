/** What reading less of the cache costs in answers. */
@NullMarked
package dev.paca.bench.quality;

import org.jspecify.annotations.NullMarked;
